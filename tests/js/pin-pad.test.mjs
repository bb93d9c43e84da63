// Word to the bar that somebody is still at a shared screen: at once, then at most every few seconds.
import assert from "node:assert/strict";
import test from "node:test";

import { StayAwake } from "../../static/js/display/pin-pad.js";

test("ten taps in a second are told once, and the next one after a while again", () => {
  let now = 0, told = 0;
  const somebody = new StayAwake({ send: () => (told += 1), now: () => now });
  for (let tap = 0; tap < 10; tap += 1) {
    somebody.touched();
    now += 100;
  }
  assert.equal(told, 1);
  now = 3100;
  somebody.touched();
  assert.equal(told, 2);
});
