// What was sent is counted down where the guest can see it, by the bar's clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Countdown } from "../../static/js/countdown.js";

function tab(...until) {
  const texts = { counting: "to the bar in {seconds} s", reached: "at the bar" };
  const places = until.map((undoUntil) => ({ dataset: { undoUntil: String(undoUntil), ...texts }, textContent: "" }));
  const said = [], timers = [], time = { now: 50 };
  const clock = { setTimeout: (work) => timers.push(work), clearTimeout: () => timers.splice(0) };
  const page = { querySelectorAll: () => places };
  const countdown = new Countdown({ page, announce: (text) => said.push(text), clock, now: () => time.now });
  const tick = (seconds) => {
    time.now += seconds;
    timers.splice(0).forEach((work) => work());
  };
  const hold = (undoUntil) => places.push({ dataset: { undoUntil: String(undoUntil), ...texts }, textContent: "" });
  return { countdown, places, said, timers, tick, hold };
}

test("seconds count down to the bar, also where the guest's clock is wrong", () => {
  const { countdown, places, timers, tick } = tab(1005);
  countdown.show(1000);
  const seen = [places[0].textContent];
  for (const seconds of [1, 3.5, 1]) {
    tick(seconds);
    seen.push(places[0].textContent);
  }
  assert.deepEqual(seen, ["to the bar in 5 s", "to the bar in 4 s", "to the bar in 1 s", "at the bar"]);
  assert.equal(timers.length, 0);
});

test("it is said once, however often the tab changes", () => {
  const { countdown, said, hold } = tab(1005);
  countdown.show(1000);
  countdown.show(1002);
  assert.deepEqual(said, ["It goes to the bar in 5 seconds. Until then you can undo it here."]);
  hold(1012);
  countdown.show(1007);
  assert.equal(said.length, 2);
});

test("where nothing is held nothing is said and no clock runs", () => {
  const { countdown, said, timers } = tab();
  countdown.show(1000);
  assert.deepEqual([said.length, timers.length], [0, 0]);
});
