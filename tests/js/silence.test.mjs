// A guest who wants silence gets it, whoever speaks; and a browser that hears for itself says what it heard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BrowserSpeech } from "../../static/js/sound/browser-speech.js";
import { Player } from "../../static/js/sound/player.js";
import { StopButton } from "../../static/js/stop-button.js";

function stopButton() {
  const did = [], timers = new Map(), rest = { focus: () => did.push("writes on") };
  const document = { activeElement: null };
  const button = { hidden: true, ownerDocument: document, addEventListener: (_what, press) => (button.press = press) };
  const clock = { setTimeout: (work) => timers.set(work, work) && work, clearTimeout: (work) => timers.delete(work) };
  const stop = new StopButton({ button, stop: () => did.push("stopped"), focusNext: rest, clock });
  return { stop, button, did, document, pass: () => timers.forEach((work) => work()) };
}

test("an answer that comes at once shows no button", () => {
  const { stop, button, pass } = stopButton();
  stop.setBusy("turn");
  stop.setBusy("turn", false);
  pass();
  assert.equal(button.hidden, true);
});

test("it stays while she thinks or speaks, and goes when she is through with both", () => {
  const { stop, button, pass } = stopButton();
  stop.setBusy("turn");
  pass();
  stop.setBusy("voice");
  stop.setBusy("turn", false);
  assert.equal(button.hidden, false);
  stop.setBusy("voice", false);
  assert.equal(button.hidden, true);
});

test("pressed, it stops her once, goes away and gives the keyboard back", () => {
  const { stop, button, did, document, pass } = stopButton();
  stop.setBusy("voice");
  pass();
  document.activeElement = button;
  button.press();
  assert.deepEqual([did, button.hidden, stop.stopAll()], [["writes on", "stopped"], true, false]);
});

test("Escape stops nothing where nothing goes on", () => {
  const { stop, did } = stopButton();
  assert.equal(stop.stopAll(), false);
  assert.deepEqual(did, []);
});

test("the bar hears how far she was heard before it hears the stop", () => {
  const told = [], posted = [];
  const output = { post: (message) => posted.push(message) };
  const player = new Player({ output, send: (t, d) => told.push([t, d]), clock: { now: () => 0 } });
  player.started("one");
  output.onProgress({ turn: "one", ms: 100, level: 0.5 });
  output.onProgress({ turn: "one", ms: 220, level: 0.5 });
  player.stop();
  assert.deepEqual(told, [["played", { turn: "one", ms: 100 }], ["played", { turn: "one", ms: 220 }]]);
  assert.deepEqual(posted, [{ drop: true }]);
});

function browserVoice() {
  const did = [];
  const synthesis = { cancel: () => did.push("cancelled"), speak: (said) => did.push(said) };
  return { did, voice: new BrowserSpeech({ synthesis, make: (text) => ({ text }), lang: "es", onEnd: () => did.push("quiet") }) };
}

test("the browser's own voice speaks the guest's language, as loud as was asked, and one reply at a time", () => {
  const { did, voice } = browserVoice();
  assert.equal(voice.speak("Buenas noches.", 0.5), true);
  const [cut, said] = did;
  assert.deepEqual([cut, said.text, said.lang, said.volume], ["cancelled", "Buenas noches.", "es", 0.5]);
  said.onend();
  voice.stop();
  assert.deepEqual(did.slice(2), ["quiet", "cancelled"]);
});

test("a browser without a voice says so", () => {
  const voice = new BrowserSpeech({ synthesis: undefined, make: (text) => ({ text }) });
  assert.equal(voice.speak("Good evening.", 1), false);
  voice.stop();
});
