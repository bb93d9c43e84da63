// A guest who wants silence gets it, whoever speaks; and a browser that hears for itself says what it heard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Recognition } from "../../static/js/hearing/recognition.js";
import { Elsewhere } from "../../static/js/sound/elsewhere.js";
import { Player } from "../../static/js/sound/player.js";
import { Stop } from "../../static/js/stop.js";

function stopButton() {
  const did = [], timers = new Map(), rest = { focus: () => did.push("writes on") };
  const document = { activeElement: null };
  const button = { hidden: true, ownerDocument: document, addEventListener: (_what, press) => (button.press = press) };
  const clock = { setTimeout: (work) => timers.set(work, work) && work, clearTimeout: (work) => timers.delete(work) };
  const stop = new Stop({ button, stop: () => did.push("stopped"), rest, clock });
  return { stop, button, did, document, pass: () => timers.forEach((work) => work()) };
}

test("an answer that comes at once shows no button", () => {
  const { stop, button, pass } = stopButton();
  stop.busy("turn");
  stop.busy("turn", false);
  pass();
  assert.equal(button.hidden, true);
});

test("it stays while she thinks or speaks, and goes when she is through with both", () => {
  const { stop, button, pass } = stopButton();
  stop.busy("turn");
  pass();
  stop.busy("voice");
  stop.busy("turn", false);
  assert.equal(button.hidden, false);
  stop.busy("voice", false);
  assert.equal(button.hidden, true);
});

test("pressed, it stops her once, goes away and gives the keyboard back", () => {
  const { stop, button, did, document, pass } = stopButton();
  stop.busy("voice");
  pass();
  document.activeElement = button;
  button.press();
  assert.deepEqual([did, button.hidden, stop.press()], [["writes on", "stopped"], true, false]);
});

test("Escape stops nothing where nothing goes on", () => {
  const { stop, did } = stopButton();
  assert.equal(stop.press(), false);
  assert.deepEqual(did, []);
});

test("the bar hears how far she was heard before it hears the stop", () => {
  const told = [], posted = [];
  const output = { post: (message) => posted.push(message) };
  const player = new Player({ output, tell: (t, d) => told.push([t, d]), clock: { now: () => 0 } });
  player.started("one");
  output.onTold({ turn: "one", ms: 100, level: 0.5 });
  output.onTold({ turn: "one", ms: 220, level: 0.5 });
  player.stop();
  assert.deepEqual(told, [["played", { turn: "one", ms: 100 }], ["played", { turn: "one", ms: 220 }]]);
  assert.deepEqual(posted, [{ drop: true }]);
});

function browserVoice() {
  const did = [];
  const synthesis = { cancel: () => did.push("cancelled"), speak: (said) => did.push(said) };
  return { did, voice: new Elsewhere({ synthesis, make: (text) => ({ text }), lang: "es", onQuiet: () => did.push("quiet") }) };
}

test("the browser's own voice speaks the guest's language, as loud as was asked, and one reply at a time", () => {
  const { did, voice } = browserVoice();
  assert.equal(voice.say("Buenas noches.", 0.5), true);
  const [cut, said] = did;
  assert.deepEqual([cut, said.text, said.lang, said.volume], ["cancelled", "Buenas noches.", "es", 0.5]);
  said.onend();
  voice.stop();
  assert.deepEqual(did.slice(2), ["quiet", "cancelled"]);
});

test("a browser without a voice says so", () => {
  const voice = new Elsewhere({ synthesis: undefined, make: (text) => ({ text }) });
  assert.equal(voice.say("Good evening.", 1), false);
  voice.stop();
});

function recogniser() {
  const did = [], made = [];
  const make = () => made[made.push({ start: () => did.push("starts"), stop: () => did.push("stops") }) - 1];
  const ids = ["first", "second"];
  const recognition = new Recognition({
    make, newId: () => ids.shift(),
    say: (text, id) => did.push(`says ${text} as ${id}`),
    transcript: { hearing: (id, text) => did.push(`hears ${text} as ${id}`) },
  });
  recognition.start({ recognising: () => did.push("listens"), recognitionLost: (why) => did.push(`lost ${why}`) });
  const hear = (transcript, isFinal) => made[0].onresult({ resultIndex: 0, results: [Object.assign([{ transcript }], { isFinal })] });
  return { did, hear, one: made[0], recognition };
}

test("what the browser hears is shown as it comes, and said once it is sure", () => {
  const { did, hear, one } = recogniser();
  one.onstart();
  hear(" two ", false);
  hear(" two IPAs ", true);
  hear(" thanks", true);
  assert.deepEqual(did, [
    "starts", "listens", "hears two as first", "hears two IPAs as first", "says two IPAs as first",
    "hears thanks as second", "says thanks as second",
  ]);
});

test("silence is no sentence", () => {
  const { did, hear } = recogniser();
  hear("  ", true);
  assert.deepEqual(did, ["starts"]);
});

test("a browser that gives up by itself is told; one that was stopped is not", () => {
  const { did, one, recognition } = recogniser();
  one.onerror({ error: "network" });
  one.onend();
  assert.deepEqual(did, ["starts", "lost network", "lost "]);
  recognition.stop();
  one.onend();
  assert.deepEqual(did.slice(3), ["stops"]);
});
