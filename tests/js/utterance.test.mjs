// What browsers really say while a guest says one sentence: it stays one sentence.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Utterance } from "../../static/js/microphone/browser-recognition.js";
import { bare, draft, maybe, page, results, said, sure } from "./recogniser.mjs";

const GROWING = ["two", "two negronis", "two negronis and", "two negronis and an", "two negronis and an IPA"];

test("Chrome on Android calls each draft final, each in a place of its own: one turn with the whole of it", () => {
  const lists = GROWING.map((_, at) => GROWING.slice(0, at + 1).map(draft));
  assert.deepEqual(said(...lists), ["turn 1: two negronis and an IPA"]);
  assert.deepEqual(said(...lists, [...GROWING.map(draft), sure("two negronis and an IPA")]), ["turn 1: two negronis and an IPA"]);
});

test("the same drafts in one place, one for another, are one turn too", () => {
  assert.deepEqual(said(...GROWING.map((text) => [draft(text)])), ["turn 1: two negronis and an IPA"]);
});

test("so are drafts of which nobody says how sure they are", () => {
  const lists = GROWING.map((_, at) => GROWING.slice(0, at + 1).map(bare));
  assert.deepEqual(said(...lists), ["turn 1: two negronis and an IPA"]);
});

test("a draft that was heard wrong is not said beside what it became", () => {
  assert.deepEqual(said([draft("to")], [draft("to"), draft("too negro")], [draft("to"), draft("too negro"), sure("two negronis")]), ["turn 1: two negronis"]);
});

test("a browser that begins again with capitals and figures, and shorter, says nothing new", () => {
  const list = ["two negronis", "Two", "2 Negronis", "2 Negronis please", "two negronis"].map(draft);
  assert.deepEqual(said(list), ["turn 1: 2 Negronis please"]);
});

test("the last result twice is said once", () => {
  assert.deepEqual(said([sure("a gin")], [sure("a gin"), sure("a gin")]), ["turn 1: a gin"]);
});

test("two results in one event are one turn, and neither is lost", () => {
  assert.deepEqual(said([sure("two negronis"), sure(" and an IPA")]), ["turn 1: two negronis and an IPA"]);
  assert.deepEqual(said([bare("two negronis"), maybe("and an IPA")]), ["turn 1: two negronis and an IPA"]);
});

test("an index back at the beginning repeats nothing", () => {
  assert.deepEqual(
    said([sure("two negronis")], [sure("two negronis"), sure("and an IPA")], [sure("two negronis"), sure("and an IPA"), sure("thanks")]),
    ["turn 1: two negronis and an IPA thanks"],
  );
});

test("a list that begins anew loses nothing of the one before", () => {
  assert.deepEqual(said([sure("two negronis")], [maybe("and")], [sure("and an IPA")]), ["turn 1: two negronis and an IPA"]);
  assert.deepEqual(said([sure("two negronis"), sure("please")], [sure("and an IPA")]), ["turn 1: two negronis please and an IPA"]);
});

test("a draft that is corrected in its place is not kept, and a new sentence in its place takes nothing away", () => {
  assert.deepEqual(said([draft("to")], [draft("two negronis")]), ["turn 1: two negronis"]);
  assert.deepEqual(said([draft("two negronis")], [draft("and")], [draft("and an IPA")]), ["turn 1: two negronis and an IPA"]);
});

test("desktop Chrome and Safari: drafts in one place, then the sure one", () => {
  const bar = page();
  bar.one().onstart();
  for (const list of [[maybe("too")], [maybe("two ne"), maybe("gronis")], [maybe("two negronis")], [sure("two negronis")]]) bar.hears(list);
  assert.deepEqual(bar.did, ["listens"]); // the browser has not stopped listening yet
  assert.deepEqual(bar.shown, ["too", "two ne gronis", "two negronis", "two negronis"]);
  bar.one().onend();
  assert.deepEqual(bar.did, ["listens", "turn 1: two negronis"]);
});

test("Safari on an iPhone may end without ever calling anything final: what was understood was said", () => {
  assert.deepEqual(said([maybe("an")], [maybe("an IPA")]), ["turn 1: an IPA"]);
});

test("however the events of a sentence are cut, the sentence is the same", () => {
  const words = "two negronis and an IPA and a gin for her".split(" ");
  const whole = words.join(" ");
  for (let first = 1; first < words.length; first += 1) {
    for (let second = first; second < words.length; second += 1) {
      const heard = new Utterance();
      for (const end of [first, second, words.length]) heard.update(results([draft(words.slice(0, end).join(" "))]));
      const apart = new Utterance();
      apart.update(results([sure(words.slice(0, first).join(" ")), sure(words.slice(first).join(" "))]));
      assert.deepEqual([heard.text, apart.text], [whole, whole]);
    }
  }
});
