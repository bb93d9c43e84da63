import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft } from "../../static/js/draft.js";

class Storage {
  #kept = new Map();
  getItem(key) { return this.#kept.get(key) ?? null; }
  setItem(key, value) { this.#kept.set(key, value); }
  removeItem(key) { this.#kept.delete(key); }
}

function pageOf(visit, storage = new Storage()) {
  const field = Object.assign(new EventTarget(), { value: "" });
  return { field, storage, draft: new Draft({ field, storage, key: `draft:${visit}` }) };
}

function writes(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input"));
}

test("what the bar refused stands in Ada's field again, in the order she said it, before what she writes by now", () => {
  const { field, draft } = pageOf("ada");
  writes(field, "and a water");
  draft.giveBack("a negroni");
  draft.giveBack("an IPA");
  assert.equal(field.value, "a negroni an IPA and a water");
  draft.giveBack("");
  assert.equal(field.value, "a negroni an IPA and a water");
});

test("refused words outlive a reload as Ada left them, and are gone once they are said", () => {
  const { field, storage, draft } = pageOf("ada");
  draft.giveBack("a negroni");
  assert.equal(pageOf("ada", storage).field.value, "a negroni");
  writes(field, "a negroni, please");
  assert.equal(pageOf("ada", storage).field.value, "a negroni, please");
  draft.clear();
  assert.equal(pageOf("ada", storage).field.value, "");
});

test("Cy, who sits down at the same window after Ada, does not find her words, and nobody's unsent words are kept", () => {
  const { field, storage, draft } = pageOf("ada");
  writes(field, "never sent");
  assert.equal(pageOf("ada", storage).field.value, "");
  draft.giveBack("a negroni");
  assert.equal(pageOf("cy", storage).field.value, "");
});
