import assert from "node:assert/strict";
import { test } from "node:test";
import { Notices } from "../../static/js/notices.js";

class Place {
  children = []; classList = { add: () => {} };
  get firstElementChild() { return this.children[0]; }
  get texts() { return this.children.map((child) => child.textContent); }
  append(child) {
    this.children.push(child);
    child.remove = () => (this.children = this.children.filter((one) => one !== child));
  }
}

function wall() {
  const place = new Place(), timers = [];
  const template = { content: { firstElementChild: { cloneNode: () => ({ classList: { add: () => {} } }) } } };
  const clock = { setTimeout: (work, wait) => timers.push({ work, wait }) };
  return { place, timers, notices: new Notices({ place, template, clock }) };
}

test("what is no longer true goes at once: the drink is back, and nothing says any more that it is sold out", () => {
  const { place, notices } = wall();
  notices.show("Cosmopolitan is sold out for tonight.", "", "sold out: Cosmopolitan");
  notices.show("Sent to the bar.");
  notices.show("Cosmopolitan is back on the menu.", "", "sold out: Cosmopolitan");
  assert.deepEqual(place.texts, ["Sent to the bar.", "Cosmopolitan is back on the menu."]);
});

test("a notice goes by itself within seconds, and there are never more than two", () => {
  const { place, timers, notices } = wall();
  for (const text of ["one", "two", "three"]) notices.show(text);
  assert.deepEqual(place.texts, ["two", "three"]);
  for (const { work, wait } of timers) {
    assert.ok(wait <= 6000);
    work();
  }
  assert.deepEqual(place.texts, []);
});
