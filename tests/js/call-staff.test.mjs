// The button that calls a person: one call for one press, and a plain form where anything fails.
import assert from "node:assert/strict";
import test from "node:test";

import { CallButton } from "../../static/js/call-staff.js";

function aButton(answers) {
  const sent = [], said = [], submitted = [];
  globalThis.FormData = class {
    constructor(form) { this.id = form.elements.namedItem().value; }
  };
  const id = { value: "from-the-page" };
  const line = { textContent: "" }, button = { textContent: "Call a person", dataset: { first: "Call a person", again: "Call again" } };
  let press;
  const form = { action: "/call/", elements: { namedItem: () => id }, submit: () => submitted.push(id.value), addEventListener: (_, work) => (press = work) };
  const parts = { form, button, "[data-call-says]": line };
  const place = { dataset: { state: "" }, querySelector: (selector) => parts[selector] };
  const fetch = async (address, { body } = {}) => {
    sent.push(body?.id ?? address);
    const answer = answers.shift();
    if (!answer) throw new TypeError("away");
    return { ok: answer.ok ?? true, text: async () => answer };
  };
  const page = (answer) => ({
    querySelector: (selector) => ({
      "[data-call]": answer.state === undefined ? null : { dataset: { state: answer.state }, querySelector: () => ({ textContent: answer.says }) },
      ".notice.warning": answer.refusal ? { textContent: answer.refusal } : null,
    })[selector],
  });
  let made = 0;
  const call = new CallButton({ place, showRefusal: (text) => said.push(text), fetch, parse: page, makeId: () => `id-${(made += 1)}` });
  return { call, place, button, line, sent, said, submitted, press: async () => (press({ preventDefault() {} }), new Promise(setImmediate)) };
}

test("a press calls and shows what the page that comes back says", async () => {
  const it = aButton([{ state: "called", says: "The bar has been called." }, { state: "answered", says: "Sam is coming to you." }]);
  await it.press();
  assert.equal(it.call.isWaiting, true);
  assert.equal(it.button.textContent, "Call again");
  assert.equal(it.line.textContent, "The bar has been called.");
  await it.press();
  assert.deepEqual(it.sent, ["from-the-page", "id-1"]); // pressed again, called again
  assert.equal(it.call.isWaiting, false);
});

test("two quick presses are one call", async () => {
  const it = aButton([{ state: "called", says: "Called." }, { state: "called", says: "Called." }]);
  await Promise.all([it.press(), it.press()]);
  assert.deepEqual(it.sent, ["from-the-page"]);
});

test("where the bar is not reached the form goes its plain way with the same id", async () => {
  for (const answers of [[], [{ ok: false, state: "called" }], [{}]]) {
    const it = aButton(answers);
    await it.press();
    assert.deepEqual(it.submitted, ["from-the-page"]);
    assert.equal(it.call.isWaiting, false);
  }
});

test("a refusal is said", async () => {
  const it = aButton([{ state: "called", says: "Called.", refusal: "Please give them a moment." }]);
  await it.press();
  assert.deepEqual(it.said, ["Please give them a moment."]);
});

test("news of the line shows who comes, and that it is over", () => {
  const it = aButton([]);
  it.call.show({ state: "answered", says: "Sam is coming to you." });
  assert.equal(it.line.textContent, "Sam is coming to you.");
  it.call.show({ state: "", says: "" });
  assert.equal(it.button.textContent, "Call a person");
});
