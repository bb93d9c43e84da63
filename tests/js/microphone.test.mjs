import assert from "node:assert/strict";
import { test } from "node:test";
import { Downsampler, FRAME } from "../../static/js/microphone/downsample.js";
import { Microphone } from "../../static/js/microphone/microphone.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("three samples of 48 kHz are one of 16 kHz, in whole frames", () => {
  const frames = [];
  const down = new Downsampler(48_000, (bytes) => frames.push(new Int16Array(bytes)));
  down.feed(new Float32Array(FRAME * 3).fill(0.5));
  assert.equal(frames.length, 1);
  assert.ok(frames[0].every((sample) => Math.abs(sample - 16_384) < 2));
});

test("44.1 kHz keeps its pitch and loudness", () => {
  const frames = [];
  const down = new Downsampler(44_100, (bytes) => frames.push(...new Int16Array(bytes)));
  down.feed(Float32Array.from({ length: 44_100 }, (_, at) => Math.sin((2 * Math.PI * 440 * at) / 44_100)));
  const crossings = frames.filter((sample, at) => at && frames[at - 1] < 0 && sample >= 0).length;
  const hertz = (crossings * 16_000) / frames.length;
  assert.ok(Math.abs(hertz - 440) <= 2, `${hertz} hertz`);
  assert.ok(Math.max(...frames) > 30_000);
});

function page({ allowed = true, open = async () => ({ echoCancelled: true }), ...more } = {}) {
  const did = [], stored = new Map(allowed ? [["maya.microphone", "ada"]] : []), timers = [];
  const microphone = new Microphone({
    capture: { open, close: () => did.push("closed") },
    socket: { live: true, sendAction: (t, d) => did.push(`${t} ${d.on} ${d.echo_cancelled}`) && `id${did.length}`, sendOnce: (t) => did.push(t), sendAudio: () => did.push("sound") },
    transcript: { showInterim: (_id, text) => did.push(`hears ${text}`), removeInterim: (id) => did.push(`forgets ${id}`) },
    storage: { getItem: (key) => stored.get(key) ?? null, setItem: (key, value) => stored.set(key, value), removeItem: (key) => stored.delete(key) },
    clock: { setTimeout: (work) => timers.push(work), clearTimeout: () => {} },
    visit: "ada", show: () => {}, showMessage: (text) => did.push(`says ${text}`), ...more,
  });
  return { microphone, did, stored, timers };
}

test("the first press asks for consent in words, and opens nothing", async () => {
  const { microphone, did } = page({ allowed: false });
  microphone.buttonDown(0);
  microphone.buttonUp(100);
  assert.equal(microphone.state, "asking");
  assert.deepEqual(did, []);
  microphone.setConsent(false);
  assert.equal(microphone.state, "off");
  microphone.buttonDown(0);
  microphone.setConsent(true);
  await settled();
  assert.equal(microphone.state, "listening");
  assert.deepEqual(did, ["set-microphone true true"]);
});

test("consent is given for one visit, and can be taken back", async () => {
  const { microphone, stored, did } = page();
  microphone.buttonDown(0);
  microphone.buttonUp(50);
  await settled();
  microphone.revoke();
  assert.equal(microphone.state, "off");
  assert.deepEqual(did.slice(1), ["closed", "set-microphone false true"]);
  stored.set("maya.microphone", "yesterday's visit");
  microphone.buttonDown(0);
  assert.equal(microphone.state, "asking");
});

test("a short press switches hands-free on and off", async () => {
  const { microphone } = page();
  microphone.buttonDown(0);
  microphone.buttonUp(100);
  await settled();
  assert.equal(microphone.state, "listening");
  microphone.buttonDown(900);
  microphone.buttonUp(1000);
  assert.equal(microphone.state, "off");
});

test("held, it listens until it is let go; the bar is told that the turn ends, and later that nobody talks", async () => {
  const { microphone, did } = page();
  microphone.buttonDown(0);
  await settled();
  assert.equal(microphone.state, "held");
  microphone.buttonUp(900);
  assert.equal(microphone.state, "off");
  assert.deepEqual(did, ["set-microphone true true", "closed", "speech-ended"]);
  microphone.frames["user-transcription"]({ id: "s1", data: { text: "two IPAs", final: true } });
  microphone.frames["user-stopped-speaking"]({ id: "s1" });
  assert.deepEqual(did.slice(3), ["hears two IPAs", "set-microphone false true"]);
});

test("what was nothing after all is taken from the page again", async () => {
  const { microphone, did } = page();
  microphone.buttonDown(0);
  microphone.buttonUp(50);
  await settled();
  microphone.frames["user-started-speaking"]({ id: "s1" });
  assert.equal(microphone.state, "hearing");
  microphone.frames["user-transcription"]({ id: "s1", data: { text: "hm", final: false } });
  microphone.frames["user-stopped-speaking"]({ id: "s1" });
  assert.deepEqual(did.slice(1), ["hears hm", "forgets s1"]);
  assert.equal(microphone.state, "listening");
});

test("a browser that refuses, and a bar that cannot hear, are said in words", async () => {
  const denied = page({ open: () => Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" })) });
  denied.microphone.buttonDown(0);
  await settled();
  assert.match(denied.did.at(-1), /won't let me use the microphone/);
  const { microphone, did } = page();
  microphone.buttonDown(0);
  microphone.buttonUp(10);
  await settled();
  microphone.handleResponse("id1", "I cannot hear here.");
  assert.deepEqual([microphone.state, did.at(-1)], ["off", "says I cannot hear here."]);
});

test("where nobody can hear, the button says why", () => {
  const { microphone, did } = page({ unavailable: "Nobody can hear you here." });
  microphone.buttonDown(0);
  assert.deepEqual([microphone.state, did], ["none", ["says Nobody can hear you here."]]);
});

test("a microphone that was forgotten switches itself off", async () => {
  const { microphone, timers } = page();
  microphone.buttonDown(0);
  microphone.buttonUp(10);
  await settled();
  timers.at(-1)();
  assert.equal(microphone.state, "off");
});
