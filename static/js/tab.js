// The tab, drawn anew from each message. Text only, never markup.
import { t } from "./words.js";
import { dollars, percent } from "./money.js";

const LOW = 50_00;
const SUMS = {
  subtotal: (news) => news.tab.subtotal_cents,
  discount: (news) => -(news.discount_cents ?? 0),
  tax: (news) => news.tab.tax_cents,
  tip: (news) => news.tab.tip_cents,
  total: (news) => news.tab.total_cents,
  due: (news) => news.due_cents,
  balance: (news) => news.tab.balance_cents ?? 0,
};

/** "", "low" or "out": how the play money that is left looks. */
export function moneyLeft(cents) {
  if (cents === null || cents === undefined || cents >= LOW) return "";
  return cents > 0 ? "low" : "out";
}

const NOTES = { "": "", low: "That is running low.", out: "All of it is spent." };

export class TabView {
  #page; #tab; #template; #seen = new Set();

  constructor({ page, tab, template }) {
    this.#page = page;
    this.#tab = tab;
    this.#template = template;
    for (const row of tab.querySelectorAll("[data-number]")) this.#seen.add(row.dataset.number);
  }

  show(news) {
    const { tab, lines } = news;
    const paid = tab.status === "paid";
    this.#tab.dataset.status = tab.status;
    this.#lines(lines, paid);
    this.#sums(news);
    this.#tips(news, paid);
    this.#money(tab.balance_cents);
    this.#hide("[data-deeds]", paid || !lines.length);
    this.#hide("[data-when-unsent]", !lines.some((line) => line.status === "open" || line.held_until));
    this.#text("due-name", t(paid ? "Paid" : "To pay"));
    this.#hide("[data-split]", paid || !lines.length);
    this.#shared(news.shared ?? []);
  }

  /** What the guest must not have, as they told it. */
  allergies(names) {
    this.#hide("[data-allergies]", !names.length);
    this.#text("allergies", names.join(", "));
  }

  #shared(bills) {
    const place = this.#tab.querySelector("[data-sharing]");
    if (!place) return;
    for (const old of place.querySelectorAll("[data-shared]")) old.remove();
    for (const bill of bills) {
      const link = this.#page.createElement("a");
      link.dataset.shared = "";
      link.href = place.dataset.path.replace("CODE", bill.tab);
      const mine = bill.share_cents ? `: ${dollars(bill.share_cents)}${bill.share_paid ? t(", paid") : ""}` : "";
      link.textContent = `${t("The bill you share")}${mine}`;
      place.append(link);
    }
  }

  #lines(lines, paid) {
    const rows = lines.map((line) => this.#line(line, paid));
    this.#tab.querySelector("[data-lines]").replaceChildren(...rows);
    this.#hide("[data-empty]", lines.length > 0);
    this.#seen = new Set(lines.map((line) => String(line.number)));
  }

  #line(line, paid) {
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.number = line.number;
    row.dataset.status = line.status;
    if (line.held_until) row.dataset.heldUntil = line.held_until;
    row.classList.toggle("fresh", !this.#seen.has(String(line.number)));
    const texts = {
      quantity: String(line.quantity),
      item: line.item,
      modifiers: line.modifiers.join(", "),
      sent: line.progress ?? "",
      cents: dollars(line.cents),
    };
    for (const [name, text] of Object.entries(texts)) row.querySelector(`[data-of="${name}"]`).textContent = text;
    const form = row.querySelector("form");
    form.action = form.getAttribute("action").replace("/0/", `/${line.number}/`);
    form.hidden = paid || !line.changeable;
    form.querySelector("button").setAttribute("aria-label", t("Take off {item}", { item: line.item }));
    return row;
  }

  #sums(news) {
    for (const [name, cents] of Object.entries(SUMS)) {
      for (const place of this.#page.querySelectorAll(`[data-sum="${name}"]`)) place.textContent = dollars(cents(news));
      this.#hide(`[data-row="${name}"]`, !cents(news));
    }
    this.#text("tip-rate", news.tip_bp ? percent(news.tip_bp) : "");
  }

  #tips(news, paid) {
    this.#hide(".tips", paid || !news.lines.length);
    for (const button of this.#tab.querySelectorAll("[data-percent]")) {
      const active = news.tip_bp === button.dataset.percent * 100;
      button.setAttribute("aria-pressed", String(active));
      button.value = active ? "0" : button.dataset.percent;
    }
  }

  #money(cents) {
    const left = moneyLeft(cents);
    this.#tab.dataset.money = left;
    this.#hide("[data-balance]", cents === null);
    this.#text("money-note", t(NOTES[left]));
  }

  #hide(selector, hidden) {
    for (const found of this.#tab.querySelectorAll(selector)) found.hidden = hidden;
  }

  #text(name, text) {
    for (const place of this.#tab.querySelectorAll(`[data-of="${name}"]`)) place.textContent = text;
  }
}
