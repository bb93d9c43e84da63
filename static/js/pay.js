// The pay card: the amount that is asked, the guest's own yes with the card's nonce, the way to the till.
import { dollars } from "./money.js";

/** Which of the card's faces is shown. */
export function face({ tab, payment, due_cents }) {
  if (payment) return payment.status === "link_open" ? "link" : "asked";
  if (tab.status === "paid") return "paid";
  return tab.status === "open" && due_cents > 0 ? "open" : "";
}

export class PayCard {
  #card; #go; #confirmed = false;

  constructor({ card, go }) {
    this.#card = card;
    this.#go = go;
  }

  show(news) {
    const shown = face(news);
    for (const part of this.#card.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split(" ").includes(shown);
    }
    if (news.payment) this.#fill(news.payment);
    if (shown !== "link" && shown !== "asked") this.#confirmed = false;
  }

  /** The guest pressed yes here: when the link is made, this window follows it. */
  confirmed() {
    this.#confirmed = true;
  }

  payment({ status, url, receipt }) {
    if (receipt) this.#of("receipt").href = receipt;
    if (status === "link_open" && url) this.#follow(url);
  }

  #fill(payment) {
    for (const place of this.#card.querySelectorAll('[data-of="amount"]')) place.textContent = dollars(payment.amount_cents);
    this.#of("nonce").value = payment.nonce;
    if (payment.url) this.#follow(payment.url);
  }

  #follow(url) {
    this.#of("till").href = url;
    if (!this.#confirmed) return;
    this.#confirmed = false;
    this.#go(url);
  }

  #of(name) {
    return this.#card.querySelector(`[data-of="${name}"]`);
  }
}
