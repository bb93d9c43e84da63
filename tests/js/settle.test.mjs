// The amounts on the buttons that settle a tab, while a tip is being typed.
import assert from "node:assert/strict";
import test from "node:test";

import { moneyOf, reckonCash } from "../../static/js/display/settle.js";

test("money is written as the house writes it", () => {
  assert.equal(moneyOf("$0.00").format(123456), "$1,234.56");
  assert.equal(moneyOf("¥0").format(1310), "¥1,310");
  assert.equal(moneyOf("0.000 KD").format(7450), "7.450 KD");
});

test("what was typed is read as the server reads it", () => {
  const { parse } = moneyOf("$0.00");
  assert.deepEqual(["2", "2.5", "0.29", "1.15"].map(parse), [200, 250, 29, 115]);
  assert.deepEqual(["", "2,50", "-1", "two"].map((text) => Number.isNaN(parse(text))), [true, true, true, true]);
});

test("a tip makes the exact sum higher and the change smaller, and hides what is not enough", () => {
  const rows = reckonCash([1100, 1500, 2000], 1600, false);
  assert.deepEqual(rows.map((row) => [row.cents, row.isEnough, row.backCents]), [[1600, true, 0], [1500, false, -100], [2000, true, 400]]);
});

test("where the rest is the tip, nothing goes back", () => {
  assert.deepEqual(reckonCash([1100, 2000], 1100, true).map((row) => row.words), ["exact", "tip"]);
});
