// What a refund comes to while lines are ticked or an amount is written.
import assert from "node:assert/strict";
import test from "node:test";

import { showRefund } from "../../static/js/display/refund.js";

function sumShown({ ticked = [], amount = "" }) {
  const place = { textContent: "" };
  showRefund({
    dataset: { refund: "1700", zero: "$0.00" },
    elements: { amount: { value: amount } },
    querySelectorAll: () => ticked.map((cents) => ({ dataset: { cents } })),
    querySelector: () => place,
  });
  return place.textContent;
}

test("nothing chosen is all that is left", () => {
  assert.equal(sumShown({}), "$17.00");
});

test("ticked lines are added up", () => {
  assert.equal(sumShown({ ticked: ["1198", "653"] }), "$18.51");
});

test("an amount wins, and what is none shows none", () => {
  assert.equal(sumShown({ amount: "5" }), "$5.00");
  assert.equal(sumShown({ amount: "five" }), "");
});
