// One more of the same, a finger that bounces, and a press that may not have reached the bar.
import assert from "node:assert/strict";
import test from "node:test";

import { RingIn, RingPresses } from "../../static/js/display/ring-in.js";

function presses() {
  const it = { now: 0 };
  const counted = new RingPresses({ now: () => it.now });
  it.press = (order) => counted.press(order, "page-7");
  it.ring = (order) => {
    const id = it.press(order);
    if (id) counted.done(id);
    return id;
  };
  return it;
}

test("a finger that bounces counts once, and a slower tap is one more", () => {
  const it = presses();
  assert.equal(it.ring("negroni"), "page-7-1");
  it.now = 120;
  assert.equal(it.ring("negroni"), null);
  it.now = 340;
  assert.equal(it.ring("negroni"), null);
  it.now = 360;
  assert.equal(it.ring("negroni"), "page-7-2");
});

test("another drink is never a bounce", () => {
  const it = presses();
  it.ring("negroni");
  assert.equal(it.ring("ipa"), "page-7-2");
});

test("what may not have reached the bar is sent again under the same id until it did", () => {
  const it = presses();
  assert.equal(it.press("negroni"), "page-7-1");
  it.now = 5000;
  assert.equal(it.ring("negroni"), "page-7-1");
  it.now = 6000;
  assert.equal(it.ring("negroni"), "page-7-2");
});

test("a press elsewhere on the page keeps the id that it came with", () => {
  const part = { hidden: false, addEventListener: () => {}, value: "" };
  const ringIn = new RingIn({ querySelector: () => part, querySelectorAll: () => [], addEventListener: () => {} });
  const body = new Map([["id", "page-7-s"]]);
  assert.equal(ringIn.accept({ closest: () => null }, body), true);
  assert.equal(body.get("id"), "page-7-s");
});
