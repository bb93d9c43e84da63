// What was sent is counted down where the guest can see it, by the bar's clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Held } from "../../static/js/held.js";

function tab(...until) {
  const rows = until.map((heldUntil) => {
    const sent = { textContent: "" };
    return { dataset: { heldUntil: String(heldUntil) }, querySelector: () => sent, sent };
  });
  const said = [], timers = [], time = { now: 50 };
  const clock = { setTimeout: (work) => timers.push(work), clearTimeout: () => timers.splice(0) };
  const held = new Held({ tab: { querySelectorAll: () => rows }, say: (text) => said.push(text), clock, now: () => time.now });
  const tick = (seconds) => {
    time.now += seconds;
    timers.splice(0).forEach((work) => work());
  };
  return { held, rows, said, timers, tick };
}
const lines = (...until) => until.map((held_until) => ({ held_until }));

test("seconds count down to the bar, also where the guest's clock is wrong", () => {
  const { held, rows, timers, tick } = tab(1005);
  held.show({ lines: lines(1005), now: 1000 });
  const seen = [rows[0].sent.textContent];
  for (const seconds of [1, 3.5, 1]) {
    tick(seconds);
    seen.push(rows[0].sent.textContent);
  }
  assert.deepEqual(seen, ["to the bar in 5 s", "to the bar in 4 s", "to the bar in 1 s", "at the bar"]);
  assert.equal(timers.length, 0);
});

test("it is said once, however often the tab is drawn", () => {
  const { held, said } = tab(1005);
  held.show({ lines: lines(1005), now: 1000 });
  held.show({ lines: lines(1005), now: 1002 });
  assert.deepEqual(said, ["It goes to the bar in 5 seconds. Until then you can undo it here."]);
  held.show({ lines: lines(1005, 1012), now: 1007 });
  assert.equal(said.length, 2);
});

test("where nothing is held nothing is said and no clock runs", () => {
  const { held, said, timers } = tab();
  held.show({ lines: lines(null, undefined), now: 1000 });
  assert.deepEqual([said.length, timers.length], [0, 0]);
});
