// The browser's own recognition: an utterance is a turn, and is sent once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { draft, maybe, page, results, said, sure } from "./recogniser.mjs";

test("it is asked for one utterance at a time, and asked again after each", () => {
  const bar = page();
  bar.one().onstart();
  assert.deepEqual([bar.one().continuous, bar.one().interimResults], [false, true]);
  bar.hears([sure("a gin")]);
  bar.one().onend();
  assert.equal(bar.made.length, 2);
  bar.one().onstart();
  bar.hears([sure("a gin")]);
  bar.one().onend();
  assert.deepEqual(bar.did, ["listens", "turn 1: a gin", "turn 2: a gin"]); // the guest did say it twice
});

test("a browser that never ends an utterance is ended after a silence, and waited for a moment longer", () => {
  const bar = page();
  bar.hears([draft("two")]);
  bar.hears([draft("two"), draft("two negronis")]);
  assert.equal(bar.timers.size, 1);
  assert.equal(bar.pass(), 2_000);
  assert.equal(bar.one().stopped, true);
  assert.deepEqual(bar.did, []);
  const [browser] = bar.made;
  browser.onresult({ resultIndex: 0, results: results([draft("two"), draft("two negronis"), sure("two negronis and an IPA")]) });
  assert.equal(bar.pass(), 1_000);
  assert.deepEqual(bar.did, ["turn 1: two negronis and an IPA"]);
  assert.equal(browser.aborted, true);
});

test("what a browser says after its end, or twice ends, sends nothing more", () => {
  const bar = page();
  const [browser] = bar.made;
  bar.hears([draft("two negronis")]);
  browser.onend();
  browser.onresult({ resultIndex: 0, results: results([draft("two negronis"), sure("two negronis")]) });
  browser.onerror({ error: "aborted" });
  browser.onend();
  assert.deepEqual(bar.did, ["turn 1: two negronis"]);
});

test("stopped in the middle of a sentence, what was said is sent once and nobody listens any more", () => {
  const bar = page();
  const [browser] = bar.made;
  bar.hears([maybe("two")]);
  bar.recognition.stop();
  assert.equal(browser.stopped, true);
  bar.hears([sure("two negronis")]);
  browser.onend();
  assert.deepEqual(bar.did, ["turn 1: two negronis"]);
  assert.equal(bar.made.length, 1);
});

test("begun again before the first has ended, each sends its own words", () => {
  const bar = page();
  const [first] = bar.made;
  bar.hears([maybe("two negronis")]);
  bar.recognition.stop();
  bar.recognition.start(bar.microphone);
  bar.hears([sure("an IPA")]);
  first.onresult({ resultIndex: 0, results: results([sure("two negronis")]) });
  first.onend();
  bar.one().onend();
  assert.deepEqual(bar.did, ["turn 1: two negronis", "turn 2: an IPA"]);
});

test("an abort sends what was sure and takes the rest off the page", () => {
  const bar = page();
  bar.hears([maybe("two neg")]);
  bar.one().onerror({ error: "aborted" });
  assert.deepEqual(bar.did, ["forgets turn 1", "lost aborted"]);
  const other = page();
  other.hears([sure("two negronis"), maybe("and a")]);
  other.one().onerror({ error: "network" });
  assert.deepEqual(other.did, ["turn 1: two negronis", "lost network"]);
});

test("nobody who says nothing is listened to for ever, and silence is no sentence", () => {
  const bar = page();
  for (let times = 0; times < 3; times += 1) bar.one().onerror({ error: "no-speech" });
  assert.equal(bar.made.length, 3);
  assert.deepEqual(bar.did, ["lost "]);
  assert.deepEqual(said([sure("  ")]), []);
});

test("a browser that will not listen anew without a press is no fault of the guest's settings", () => {
  const bar = page();
  bar.hears([sure("a gin")]);
  bar.one().onend();
  bar.one().onerror({ error: "not-allowed" });
  assert.deepEqual(bar.did, ["turn 1: a gin", "lost "]);
  const denied = page();
  denied.one().onerror({ error: "not-allowed" });
  assert.deepEqual(denied.did, ["lost not-allowed"]);
});

test("while the button is held a pause ends no turn: it ends when the finger is lifted", () => {
  const bar = page({ isHeld: true });
  bar.hears([sure("a gin for me")]);
  bar.one().onend();
  assert.deepEqual(bar.did, []);
  bar.hears([sure("a gin for me")]);
  bar.microphone.isHeld = false;
  bar.recognition.stop();
  bar.one().onend();
  assert.deepEqual(bar.did, ["turn 1: a gin for me a gin for me"]);
  assert.equal(bar.shown.at(-1), "a gin for me a gin for me");
});

test("held and then silent, what was said before the silence is not lost", () => {
  const bar = page({ isHeld: true });
  bar.hears([sure("a gin")]);
  bar.one().onend();
  for (let times = 0; times < 3; times += 1) bar.one().onend();
  assert.deepEqual(bar.did, ["turn 1: a gin", "lost "]);
});
