import assert from "node:assert/strict";
import { test } from "node:test";
import { Downsampler, FRAME } from "../../static/js/hearing/downsample.js";
import { Ears } from "../../static/js/hearing/ears.js";

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
  const did = [], kept = new Map(allowed ? [["maya.microphone", "ada"]] : []), timers = [];
  const ears = new Ears({
    capture: { open, close: () => did.push("closed") },
    socket: { live: true, press: (t, d) => did.push(`${t} ${d.on} ${d.echo_cancelled}`) && `id${did.length}`, tell: (t) => did.push(t), sound: () => did.push("sound") },
    transcript: { hearing: (_id, text) => did.push(`hears ${text}`), unheard: (id) => did.push(`forgets ${id}`) },
    kept: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) },
    clock: { setTimeout: (work) => timers.push(work), clearTimeout: () => {} },
    visit: "ada", show: () => {}, say: (text) => did.push(`says ${text}`), ...more,
  });
  return { ears, did, kept, timers };
}

test("the first press asks for leave in words, and opens nothing", async () => {
  const { ears, did } = page({ allowed: false });
  ears.press(0);
  ears.release(100);
  assert.equal(ears.state, "asking");
  assert.deepEqual(did, []);
  ears.agree(false);
  assert.equal(ears.state, "off");
  ears.press(0);
  ears.agree(true);
  await settled();
  assert.equal(ears.state, "listening");
  assert.deepEqual(did, ["set-microphone true true"]);
});

test("leave is given for one visit, and can be taken back", async () => {
  const { ears, kept, did } = page();
  ears.press(0);
  ears.release(50);
  await settled();
  ears.revoke();
  assert.equal(ears.state, "off");
  assert.deepEqual(did.slice(1), ["closed", "set-microphone false true"]);
  kept.set("maya.microphone", "yesterday's visit");
  ears.press(0);
  assert.equal(ears.state, "asking");
});

test("a short press switches hands-free on and off", async () => {
  const { ears } = page();
  ears.press(0);
  ears.release(100);
  await settled();
  assert.equal(ears.state, "listening");
  ears.press(900);
  ears.release(1000);
  assert.equal(ears.state, "off");
});

test("held, it listens until it is let go; the bar is told that the turn ends, and later that nobody talks", async () => {
  const { ears, did } = page();
  ears.press(0);
  await settled();
  assert.equal(ears.state, "held");
  ears.release(900);
  assert.equal(ears.state, "off");
  assert.deepEqual(did, ["set-microphone true true", "closed", "speech-ended"]);
  ears.frames["user-transcription"]({ id: "s1", data: { text: "two IPAs", final: true } });
  ears.frames["user-stopped-speaking"]({ id: "s1" });
  assert.deepEqual(did.slice(3), ["hears two IPAs", "set-microphone false true"]);
});

test("what was nothing after all is taken from the page again", async () => {
  const { ears, did } = page();
  ears.press(0);
  ears.release(50);
  await settled();
  ears.frames["user-started-speaking"]({ id: "s1" });
  assert.equal(ears.state, "hearing");
  ears.frames["user-transcription"]({ id: "s1", data: { text: "hm", final: false } });
  ears.frames["user-stopped-speaking"]({ id: "s1" });
  assert.deepEqual(did.slice(1), ["hears hm", "forgets s1"]);
  assert.equal(ears.state, "listening");
});

test("a browser that refuses, and a bar that cannot hear, are said in words", async () => {
  const denied = page({ open: () => Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" })) });
  denied.ears.press(0);
  await settled();
  assert.match(denied.did.at(-1), /does not let me listen/);
  const { ears, did } = page();
  ears.press(0);
  ears.release(10);
  await settled();
  ears.answered("id1", "I cannot hear here.");
  assert.deepEqual([ears.state, did.at(-1)], ["off", "says I cannot hear here."]);
});

test("where nobody can hear, the button says why", () => {
  const { ears, did } = page({ absent: "Nobody can hear you here." });
  ears.press(0);
  assert.deepEqual([ears.state, did], ["none", ["says Nobody can hear you here."]]);
});

test("a microphone that was forgotten switches itself off", async () => {
  const { ears, timers } = page();
  ears.press(0);
  ears.release(10);
  await settled();
  timers.at(-1)();
  assert.equal(ears.state, "off");
});
