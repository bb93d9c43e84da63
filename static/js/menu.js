// What a tap on the menu orders, and choices that exclude one another.

import { t } from "./translate.js";

/** The order in a drink's form, as the live stream wants it. */
export function orderFromForm(item, fields) {
  const note = (fields.get("note") ?? "").trim();
  return {
    item,
    quantity: Number.parseInt(fields.get("quantity") ?? "1", 10) || 0,
    modifiers: fields.getAll("modifiers"),
    ...(note && { note }),
  };
}

/** Whether a drink is what a guest looks for: each of the words begins one of its own, and any of the measures. */
export function matchesSearch({ words, strength }, wantedWords, measures) {
  return wantedWords.every((word) => words.includes(` ${word}`)) && (!measures.length || measures.includes(strength));
}

/** The words of a search, as the server reads them. */
export function searchWords(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

export class Menu {
  #menu;

  constructor(menu) {
    this.#menu = menu;
    menu.addEventListener("change", (event) => this.#enforceSingleChoice(event.target));
    this.#searchWhileTyping(menu.querySelector("[data-find]"));
  }

  #searchWhileTyping(form) {
    if (!form) return;
    form.querySelector("[data-find-go]").hidden = true;
    const search = () => {
      const words = searchWords(form.elements.find.value);
      const measures = [...form.querySelectorAll("[data-measure]:checked")].map((box) => box.name);
      const safe = form.querySelector("[data-safe]")?.checked ?? false;
      const rows = [...this.#menu.querySelectorAll("[data-words]")];
      for (const row of rows) {
        const drink = { words: row.dataset.words, strength: row.dataset.strength };
        row.hidden = !matchesSearch(drink, words, measures) || (safe && row.classList.contains("doubtful"));
      }
      for (const list of this.#menu.querySelectorAll(".drinks")) {
        list.hidden = list.previousElementSibling.hidden = !list.querySelector("[data-words]:not([hidden])");
      }
      const found = rows.filter((row) => !row.hidden).length;
      form.querySelector("[data-found]").textContent = found === 1 ? t("1 drink") : t("{found} drinks", { found });
      this.#menu.querySelector("[data-found-none]").hidden = found > 0;
    };
    this.#menu.querySelector("[data-find-all]").addEventListener("click", (event) => {
      event.preventDefault();
      form.elements.find.value = "";
      for (const box of form.querySelectorAll(":checked")) box.checked = false;
      search();
      form.elements.find.focus();
    });
    form.addEventListener("input", search);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      search();
    });
  }

  /** A short movement of the glass, and the form as it was. */
  confirmOrder(form) {
    const row = form.closest("[data-drink]");
    row.classList.add("poured");
    row.addEventListener("animationend", () => row.classList.remove("poured"), { once: true });
    form.reset();
    form.querySelector("details").open = false;
  }

  #enforceSingleChoice(box) {
    if (box.name !== "modifiers" || !box.checked || box.dataset.max !== "1") return;
    for (const other of box.closest("fieldset").querySelectorAll("input")) {
      if (other !== box) other.checked = false;
    }
  }

  /** A guest has told of an allergy: what is not known to be free of it is marked. */
  markAllergies(allergies) {
    for (const row of this.#menu.querySelectorAll("[data-words]")) {
      const free = (row.dataset.free ?? "").split(" ");
      row.classList.toggle("doubtful", allergies.some((name) => !free.includes(name)));
    }
  }

  /** The prices of this moment, where they change by the hour: each with the menu's and its rule, and the last few. */
  showPrices(prices) {
    const forms = new Map([...this.#menu.querySelectorAll("form[data-item]")].map((form) => [form.dataset.item, form]));
    for (const { item, price, list_price, rule, left } of prices) {
      const form = forms.get(item);
      if (!form) continue;
      form.querySelector("[data-price]").textContent = price;
      form.querySelector("[data-rule]").textContent = rule;
      form.querySelector("[data-left]").textContent = left;
      const before = form.querySelector("[data-list-price]");
      before.textContent = list_price;
      before.hidden = !list_price;
      form.querySelector(".add").setAttribute("aria-label", t("Add {item}, {price}", { item, price }));
    }
  }

  /** 86: what cannot be had tonight any more, or again. */
  markSoldOut(names, modifiers = []) {
    for (const box of this.#menu.querySelectorAll("[data-group]")) {
      box.disabled = modifiers.includes(`${box.dataset.group}:${box.value}`);
      if (box.disabled) box.checked = false;
    }
    for (const form of this.#menu.querySelectorAll("form[data-item]")) {
      const out = names.includes(form.dataset.item);
      form.closest("[data-drink]").classList.toggle("sold-out", out);
      form.querySelector(".add").hidden = out;
      form.querySelector(".out").hidden = !out;
    }
  }
}
