import assert from "node:assert/strict";
import { test } from "node:test";
import { Avatar } from "../../static/js/avatar.js";
import { newId } from "../../static/js/ids.js";
import { matchesSearch, orderFromForm, searchWords } from "../../static/js/menu.js";
import { ComponentList } from "../../static/js/components.js";
import { PaymentRedirect } from "../../static/js/payment_redirect.js";

test("an id is 32 hex digits and never the same", () => {
  assert.match(newId(), /^[0-9a-f]{32}$/);
  assert.notEqual(newId(), newId());
});

test("a drink is found by all of the words and any of the measures", () => {
  const negroni = { words: " negroni gin campari vermouth cocktails", strength: "medium" };
  assert.equal(matchesSearch(negroni, ["gin", "camp"], []), true);
  assert.equal(matchesSearch(negroni, ["gin", "lime"], []), false);
  assert.equal(matchesSearch(negroni, [], ["light", "medium"]), true);
  assert.equal(matchesSearch(negroni, ["gin"], ["strong"]), false);
});

test("a word that is looked for begins one of the drink's words, and is read without its marks", () => {
  const lemonade = { words: " lemonade pressed lemons cold ginger ale", strength: "free" };
  assert.equal(matchesSearch(lemonade, searchWords("Ginger-ALE, lem"), []), true);
  assert.equal(matchesSearch(lemonade, searchWords("old"), []), false);
  assert.deepEqual(searchWords(" … "), []);
});

test("the window goes to the till once, where the guest said yes, and not for somebody else's yes", () => {
  const gone = [];
  const till = new PaymentRedirect({ go: (url) => gone.push(url) });
  const link = { status: "link_open", url: "/payments/till/1/" };
  till.show(link);
  assert.deepEqual(gone, []);
  till.confirmed();
  till.show({ status: "created", url: "" });
  till.show(link);
  till.show(link);
  assert.deepEqual(gone, ["/payments/till/1/"]);
  till.confirmed();
  till.show({ status: "cancelled", url: "" });
  till.show(link);
  assert.deepEqual(gone, ["/payments/till/1/"]);
});

test("a tap takes quantity and modifiers from its form", () => {
  const fields = new FormData();
  fields.append("modifiers", "gin");
  fields.append("modifiers", "dirty");
  fields.append("quantity", "2");
  assert.deepEqual(orderFromForm("Martini", fields), { item: "Martini", quantity: 2, modifiers: ["gin", "dirty"] });
});

function maya() {
  const timers = [];
  const clock = { setTimeout: (work) => timers.push(work), clearTimeout: () => {} };
  const figure = { dataset: { emotion: "happy" } };
  return { avatar: new Avatar({ figure, clock }), figure, wakeUp: () => timers.pop()() };
}

test("Maya mixes while a drink goes in, and then feels what the server says", () => {
  const { avatar: shown, figure, wakeUp } = maya();
  shown.turnStarted();
  assert.equal(figure.dataset.emotion, "thinking");
  shown.toolStarted("add_to_order");
  assert.equal(figure.dataset.emotion, "mixing");
  shown.setEmotion("flustered");
  shown.turnEnded();
  assert.equal(figure.dataset.emotion, "mixing");
  wakeUp();
  assert.equal(figure.dataset.emotion, "flustered");
});

test("looking something up is no reason to shake, and no strange face is worn", () => {
  const { avatar: shown, figure } = maya();
  shown.toolStarted("get_menu");
  shown.setEmotion("furious");
  assert.equal(figure.dataset.emotion, "happy");
});

test("the page says who is answering now, and keeps its line about the link", () => {
  const item = (dataset = {}) => ({ dataset, remove() { list.children = list.children.filter((one) => one !== this); } });
  const list = { children: [], append(...items) { this.children.push(...items); } };
  list.children = [item({ link: "" }), item()];
  new ComponentList({ list, item }).show([{ state: "real", says: "Gemini" }]);
  assert.deepEqual(list.children.map((one) => one.textContent), [undefined, "Gemini"]);
  assert.equal(list.children[1].className, "real");
});
