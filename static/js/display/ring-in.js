// The grid of drinks on a guest's tab: search while typing, choices that exclude one another, and a new id for each
// drink that was rung in. A second tap of the same finger still carries the old one, and counts once.
import { newId } from "../ids.js";
import { matchesSearch, searchWords } from "../menu.js";

const DOUBLE_TAP_MS = 500;

export class RingIn {
  #grid; #search; #clock;

  constructor(grid, { clock = globalThis } = {}) {
    this.#grid = grid;
    this.#clock = clock;
    this.#search = grid.querySelector("[data-ring-find]");
    grid.querySelector("[data-find-go]").hidden = true;
    this.#search.addEventListener("input", () => this.filter());
    this.#search.addEventListener("keydown", (event) => this.#handleKey(event));
    grid.addEventListener("change", (event) => this.#enforceSingleChoice(event.target));
    this.filter();
  }

  filter() {
    const words = searchWords(this.#search.value);
    const rows = [...this.#grid.querySelectorAll("[data-words]")];
    for (const row of rows) row.hidden = !matchesSearch({ words: row.dataset.words, strength: "" }, words, []);
    for (const group of this.#grid.querySelectorAll("[data-category]")) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
    this.#grid.querySelector("[data-found-none]").hidden = rows.some((row) => !row.hidden);
  }

  /** The bar has it: the form is as it was, and the next tap is another drink. */
  rang(form) {
    const id = form.querySelector("[data-renew]");
    if (!id) return;
    form.reset();
    form.querySelector("details").open = false;
    this.#clock.setTimeout(() => id.setAttribute("value", newId()), DOUBLE_TAP_MS);
  }

  /** Enter goes to the first drink that was found, Escape shows all of them. */
  #handleKey(event) {
    if (event.key === "Escape") this.#search.value = "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    this.filter();
    if (event.key === "Enter") this.#grid.querySelector("[data-words]:not([hidden]) button:not([disabled])")?.focus();
  }

  #enforceSingleChoice(box) {
    if (box.name !== "modifiers" || !box.checked || box.dataset.max !== "1") return;
    for (const other of box.closest("fieldset").querySelectorAll("input")) if (other !== box) other.checked = false;
  }
}
