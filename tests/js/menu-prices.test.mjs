import assert from "node:assert/strict";
import { test } from "node:test";
import { Menu } from "../../static/js/menu.js";

/** As much of the menu's page as its prices touch. */
function page(item) {
  const parts = {
    "[data-price]": { textContent: "$4.80" },
    "[data-list-price]": { textContent: "$6.00", hidden: false },
    "[data-rule]": { textContent: "Happy hour until 19:00" },
    "[data-left]": { textContent: "" },
    ".add": { setAttribute: (name, value) => (parts.label = value) },
  };
  const form = { dataset: { item }, querySelector: (wanted) => parts[wanted] };
  const menu = new Menu({
    addEventListener() {},
    querySelector: () => null,
    querySelectorAll: () => [form],
  });
  return { menu, parts };
}

test("when happy hour ends the page shows the menu's price, and nothing struck out", () => {
  const { menu, parts } = page("IPA");
  menu.showPrices([
    { item: "Gone since", price: "$1.00", list_price: "", rule: "" },
    { item: "IPA", price: "$6.00", list_price: "", rule: "", left: "last 3" },
  ]);
  assert.equal(parts["[data-price]"].textContent, "$6.00");
  assert.equal(parts["[data-list-price]"].hidden, true);
  assert.equal(parts["[data-rule]"].textContent, "");
  assert.equal(parts["[data-left]"].textContent, "last 3");
  assert.equal(parts.label, "Add IPA, $6.00");
});

test("when it begins the page shows the old price beside the new one, and until when", () => {
  const { menu, parts } = page("IPA");
  menu.showPrices([{ item: "IPA", price: "$4.80", list_price: "$6.00", rule: "Happy hour until 19:00" }]);
  assert.equal(parts["[data-list-price]"].textContent, "$6.00");
  assert.equal(parts["[data-list-price]"].hidden, false);
  assert.equal(parts["[data-rule]"].textContent, "Happy hour until 19:00");
});
