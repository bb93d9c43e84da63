// What a refund comes to, while lines are ticked or an amount is written. The server reckons it itself.
import { moneyOf } from "./settle.js";

export function showRefund(form) {
  if (!form) return;
  const { format, parse } = moneyOf(form.dataset.zero);
  const ticked = [...form.querySelectorAll("[name=line]:checked")];
  const typed = form.elements.amount.value.trim();
  const lines = ticked.reduce((sum, box) => sum + Number(box.dataset.cents), 0);
  const cents = typed ? parse(typed) : ticked.length ? lines : Number(form.dataset.refund);
  form.querySelector("[data-refund-sum]").textContent = Number.isNaN(cents) ? "" : format(cents);
}
