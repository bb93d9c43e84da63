// What a display rings for: tickets by the switch, guests who call in any case.
import assert from "node:assert/strict";
import test from "node:test";

import { Chime } from "../../static/js/display/chime.js";

function aChime({ stored = new Map(), allowed = true } = {}) {
  const tones = [];
  const clockwork = { timers: new Map(), setInterval: (work, wait) => (clockwork.timers.set(1, { work, wait }), 1), clearInterval: (id) => clockwork.timers.delete(id) };
  const gain = { gain: { setValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (next) => next };
  class Context {
    state = "suspended";
    currentTime = 0;
    async resume() { if (allowed) this.state = "running"; }
    createGain = () => gain;
    createOscillator = () => ({ frequency: {}, connect: (next) => next, start() { tones.push(this.frequency.value); }, stop() {} });
  }
  const button = { addEventListener() {}, dataset: {} }, warning = {};
  const store = { getItem: (name) => stored.get(name) ?? null, setItem: (name, value) => stored.set(name, value) };
  const chime = new Chime({ button, storage: store, warning, clock: clockwork, createContext: () => new Context() });
  return { chime, tones, button, warning, clock: clockwork };
}

test("a guest who calls rings until somebody has answered, also where tickets are silent", async () => {
  const it = aChime();
  await it.chime.unlock();
  it.chime.ring();
  assert.deepEqual(it.tones, []); // the switch is off: no ticket rings
  assert.equal(it.button.textContent, "Calls only");
  it.chime.setGuestWaiting(true);
  assert.equal(it.tones.length, 3);
  it.chime.setGuestWaiting(true); // still the same
  assert.equal(it.tones.length, 3);
  it.clock.timers.get(1).work();
  assert.equal(it.tones.length, 6);
  assert.equal(it.clock.timers.get(1).wait, 5000);
  it.chime.setGuestWaiting(false);
  assert.equal(it.clock.timers.size, 0);
});

test("a screen that cannot ring says so while a guest calls", async () => {
  const it = aChime({ allowed: false });
  await it.chime.unlock();
  assert.equal(it.button.textContent, "Tap for sound");
  assert.equal(it.warning.hidden, true);
  it.chime.setGuestWaiting(true);
  assert.equal(it.warning.hidden, false);
  assert.deepEqual(it.tones, []);
});

test("with the switch on a ticket rings, too", async () => {
  const it = aChime({ stored: new Map([["maya.display.sound", "on"]]) });
  await it.chime.unlock();
  it.chime.ring();
  assert.equal(it.tones.length, 2);
  assert.equal(it.button.textContent, "Sound on");
});
