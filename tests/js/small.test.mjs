import assert from "node:assert/strict";
import { test } from "node:test";
import { Face } from "../../static/js/emotion.js";
import { newId } from "../../static/js/ids.js";
import { finds, tapped } from "../../static/js/menu.js";
import { dollars, percent } from "../../static/js/money.js";
import { Parts } from "../../static/js/parts.js";
import { face } from "../../static/js/pay.js";
import { moneyLeft } from "../../static/js/tab.js";

test("amounts read as the server writes them", () => {
  assert.deepEqual([1300, 5, 0, -250, 123456].map(dollars), ["$13.00", "$0.05", "$0.00", "-$2.50", "$1,234.56"]);
  assert.deepEqual([2000, 1250].map(percent), ["20%", "12.5%"]);
});

test("an id is 32 hex digits and never the same", () => {
  assert.match(newId(), /^[0-9a-f]{32}$/);
  assert.notEqual(newId(), newId());
});

test("play money is low under $50 and out at nothing; real money has no balance", () => {
  assert.deepEqual([5000, 4999, 0, -100, null].map(moneyLeft), ["", "low", "out", "out", ""]);
});

test("a drink is found by all of the words and any of the measures", () => {
  const negroni = { words: "negroni gin campari vermouth cocktails", strength: "medium" };
  assert.equal(finds(negroni, ["gin", "camp"], []), true);
  assert.equal(finds(negroni, ["gin", "lime"], []), false);
  assert.equal(finds(negroni, [], ["light", "medium"]), true);
  assert.equal(finds(negroni, ["gin"], ["strong"]), false);
});

test("the pay card shows one face at a time", () => {
  const news = (status, due_cents, payment = null) => ({ tab: { status }, due_cents, payment });
  assert.equal(face(news("open", 0)), "");
  assert.equal(face(news("open", 1300)), "open");
  assert.equal(face(news("closing", 1300, { status: "created" })), "asked");
  assert.equal(face(news("closing", 1300, { status: "link_open" })), "link");
  assert.equal(face(news("paid", 0)), "paid");
});

test("a tap takes quantity and modifiers from its form", () => {
  const fields = new FormData();
  fields.append("modifiers", "gin");
  fields.append("modifiers", "dirty");
  fields.append("quantity", "2");
  assert.deepEqual(tapped("Martini", fields), { item: "Martini", quantity: 2, modifiers: ["gin", "dirty"] });
});

function maya() {
  const timers = [];
  const clock = { setTimeout: (work) => timers.push(work), clearTimeout: () => {} };
  const figure = { dataset: { emotion: "happy" } };
  return { face: new Face({ figure, clock }), figure, wakeUp: () => timers.pop()() };
}

test("Maya mixes while a drink goes in, and then feels what the server says", () => {
  const { face: shown, figure, wakeUp } = maya();
  shown.think();
  assert.equal(figure.dataset.emotion, "thinking");
  shown.work("add_to_order");
  assert.equal(figure.dataset.emotion, "mixing");
  shown.feel("flustered");
  shown.done();
  assert.equal(figure.dataset.emotion, "mixing");
  wakeUp();
  assert.equal(figure.dataset.emotion, "flustered");
});

test("looking something up is no reason to shake, and no strange face is worn", () => {
  const { face: shown, figure } = maya();
  shown.work("get_menu");
  shown.feel("furious");
  assert.equal(figure.dataset.emotion, "happy");
});

test("the page says who is answering now, and keeps its line about the link", () => {
  const item = (dataset = {}) => ({ dataset, remove() { list.children = list.children.filter((one) => one !== this); } });
  const list = { children: [], append(...items) { this.children.push(...items); } };
  list.children = [item({ link: "" }), item()];
  new Parts({ list, item }).show([{ state: "real", says: "Gemini" }]);
  assert.deepEqual(list.children.map((one) => one.textContent), [undefined, "Gemini"]);
  assert.equal(list.children[1].className, "real");
});
