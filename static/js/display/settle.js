// The amounts on the buttons of the form that settles a tab, with the tip that is being typed. The server reckons it
// itself: a tip that is no amount leaves the buttons as they were, and is refused there.

/** `zero` is the currency's nought as people read it, "$0.00": its sign, and how many decimals it has. */
export function moneyOf(zero) {
  const number = /[\d.,]+/;
  const decimals = (zero.match(number)[0].split(".")[1] ?? "").length;
  const unit = 10 ** decimals;
  const style = new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
  return {
    format: (cents) => zero.replace(number, style.format(cents / unit)),
    /** Minor units; NaN for what is no amount. */
    parse: (text) => (/^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * unit) : NaN),
  };
}

/** What each amount that a guest may hand over is worth: the exact one comes first. */
export function reckonCash(amounts, dueCents, restIsTip) {
  return amounts.map((cents, at) => ({
    cents: at === 0 ? dueCents : cents,
    isEnough: at === 0 || cents > dueCents,
    backCents: at === 0 ? 0 : cents - dueCents,
    words: at === 0 ? "exact" : restIsTip ? "tip" : "back",
  }));
}

export function showAmounts(form) {
  if (!form) return;
  const { format, parse } = moneyOf(form.dataset.zero);
  const { tip, rest } = form.elements;
  const typed = tip.value.trim();
  const tipCents = typed ? parse(typed) : Number(tip.dataset.cents);
  if (Number.isNaN(tipCents)) return;
  const dueCents = Number(form.dataset.beforeTip) + tipCents;
  const chips = [...form.querySelectorAll("[name=cash]")];
  reckonCash(chips.map((chip) => Number(chip.value)), dueCents, rest.checked).forEach((one, at) => {
    const chip = chips[at];
    chip.value = String(one.cents);
    chip.hidden = !one.isEnough;
    chip.querySelector("[data-amount]").textContent = format(one.cents);
    chip.querySelector("small").textContent = at === 0 ? one.words : `${format(one.backCents)} ${one.words}`;
  });
  form.querySelector("[value=card] [data-amount]").textContent = format(dueCents);
}
