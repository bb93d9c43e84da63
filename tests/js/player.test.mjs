import assert from "node:assert/strict";
import { test } from "node:test";
import { Captions } from "../../static/js/sound/captions.js";
import { AudioOutput } from "../../static/js/sound/output.js";
import { Player } from "../../static/js/sound/player.js";
import { RATE, samplesOf, SampleQueue } from "../../static/js/sound/queue.js";

const tone = (milliseconds, level = 0.5) => new Float32Array((RATE * milliseconds) / 1000).fill(level);

/** What comes out for so long. */
function play(queue, milliseconds) {
  const out = new Float32Array(Math.round((RATE * milliseconds) / 1000));
  const { done } = queue.read(out);
  return { out: [...out], done };
}
const loud = (out) => out.filter((sample) => sample !== 0).length;
const steepest = (out) => Math.max(...out.slice(1).map((sample, at) => Math.abs(sample - out[at])));

test("PCM becomes samples between -1 and 1", () => {
  assert.deepEqual([...samplesOf(new Uint8Array([0, 0, 0, 128, 255, 127]).buffer)], [0, -1, 32767 / 32768]);
});

test("a reply begins when a little of it is here, and plays without a gap however it is cut", () => {
  const queue = new SampleQueue();
  queue.push("a", tone(40));
  assert.equal(loud(play(queue, 20).out), 0);
  for (const part of [20, 100, 33, 7]) queue.push("a", tone(part));
  const { out } = play(queue, 180);
  assert.ok(loud(out) > out.length - 3);
  assert.ok(steepest(out) < 0.01, "no click at its start");
});

test("a short reply that has ended does not wait for more", () => {
  const queue = new SampleQueue();
  queue.push("a", tone(30));
  queue.end("a");
  const { out, done } = play(queue, 60);
  assert.ok(loud(out) > RATE * 0.028);
  assert.deepEqual(done.map((reply) => [reply.turn, reply.played]), [["a", RATE * 0.03]]);
  assert.ok(steepest(out) < 0.01, "no click at its end");
});

test("replies play one behind the other", () => {
  const queue = new SampleQueue();
  queue.push("a", tone(100, 0.5));
  queue.end("a");
  queue.push("b", tone(100, -0.5));
  queue.end("b");
  const { out, done } = play(queue, 220);
  assert.deepEqual(done.map((reply) => reply.turn), ["a", "b"]);
  assert.ok(out[RATE * 0.05] > 0.4 && out[RATE * 0.15] < -0.4);
});

test("a line that stutters makes it gather more, and never click", () => {
  const queue = new SampleQueue();
  queue.push("a", tone(100));
  const dry = play(queue, 150);
  assert.ok(steepest(dry.out) < 0.01);
  queue.push("a", tone(85));
  assert.equal(loud(play(queue, 20).out), 0, "85 ms were enough the first time");
  queue.push("a", tone(60));
  assert.ok(loud(play(queue, 50).out) > 0);
});

test("dropping is silence within ten milliseconds without a click, and the next reply loses nothing", () => {
  const queue = new SampleQueue();
  queue.push("a", tone(1000));
  play(queue, 200);
  queue.drop();
  queue.push("b", tone(100, -0.5));
  const { out } = play(queue, 100);
  assert.ok(steepest(out) < 0.01);
  assert.ok(out.slice(RATE * 0.01).every((sample) => sample <= 0), "nothing of the first is left");
  assert.ok(out.slice(RATE * 0.01).some((sample) => sample < -0.4));
});

test("held, she is silent at once and loses nothing; let go, she goes on where she was", () => {
  const queue = new SampleQueue();
  queue.push("a", tone(500));
  play(queue, 100);
  queue.pause(true);
  const paused = play(queue, 300);
  assert.ok(loud(paused.out) < RATE * 0.007);
  assert.ok(steepest(paused.out) < 0.01);
  const { played } = queue.current;
  play(queue, 200);
  assert.equal(queue.current.played, played);
  queue.pause(false);
  assert.ok(loud(play(queue, 100).out) > RATE * 0.09);
});

function maya() {
  const posted = [], sent = [], clock = { time: 0, now: () => clock.time }, heard = [];
  const output = { post: (message) => posted.push(message) };
  const player = new Player({
    output, clock, send: (t, d) => sent.push({ t, ...d }), onProgress: (one) => heard.push(one.ms), onSilence: () => heard.push("quiet"),
  });
  return { player, posted, sent, clock, heard, plays: (said) => output.onProgress(said) };
}
const pcm = (milliseconds) => new ArrayBuffer(milliseconds * 48);

test("sound belongs to the reply that has started; what comes after its stop is nobody's", () => {
  const { player, posted } = maya();
  player.addAudio(pcm(20));
  player.started("a");
  player.addAudio(pcm(20));
  player.stopped("a", { spoken_text: "One mo" });
  player.addAudio(pcm(20));
  assert.deepEqual(posted.map((message) => Object.keys(message).join()), ["turn,sound", "drop"]);
});

test("what was heard is reported four times a second, and once more at the end", () => {
  const { player, sent, clock, plays } = maya();
  player.started("a");
  for (clock.time = 0; clock.time <= 1000; clock.time += 20) plays({ turn: "a", ms: clock.time, level: 0.2, waiting: 500 });
  plays({ turn: "a", ms: 1010, level: 0, done: true });
  assert.deepEqual(sent.map(({ t, turn }) => `${t} ${turn}`), Array(5).fill("played a"));
  assert.equal(sent.at(-1).ms, 1010);
});

test("a reply that is all sent plays out; one that was cut off after that is dropped", () => {
  const { player, posted, plays } = maya();
  player.started("a");
  player.addAudio(pcm(100));
  player.stopped("a");
  plays({ turn: "a", ms: 20, level: 0.1, waiting: 80 });
  player.finished("a");
  assert.deepEqual(posted.at(-1), { turn: "a", end: true });
  plays({ turn: "a", ms: 30, level: 0.1, waiting: 1500 });
  player.finished("a");
  assert.deepEqual(posted.at(-1), { drop: true });
});

test("captions follow the ear, a sentence at a time", () => {
  const place = { textContent: "", hidden: true };
  const captions = new Captions({ element: place });
  ["That's", "twelve", "dollars.", "Anything", "else?"].forEach((text, at) => captions.addWord("a", { text, at_ms: at * 300 }));
  captions.showUntil({ turn: "a", ms: 310 });
  assert.equal(place.textContent, "That's twelve");
  captions.showUntil({ turn: "a", ms: 950 });
  assert.equal(place.textContent, "Anything");
  captions.clear();
  assert.deepEqual(place, { textContent: "", hidden: true });
});

test("a browser without a sound card leaves the page as it is", async () => {
  const output = new AudioOutput({ worklet: "w.js", rate: RATE, makeContext: () => { throw new Error("no device"); } });
  output.post({ turn: "a", sound: pcm(20) });
  assert.equal(await output.unlock(), false);
});
