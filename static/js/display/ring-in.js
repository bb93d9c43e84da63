// The grid of drinks on a guest's tab: search while typing, choices that exclude one another, and an id of its own for
// each drink that is meant.
import { matchesSearch, searchWords } from "../menu.js";

const BOUNCE_MS = 350; // a wet finger is back sooner; whoever means one more taps slower

/** Tells one more of the same from a finger that bounced, and from a press that is sent once more because nobody knows
 *  whether it reached the bar. */
export class RingPresses {
  #now; #presses = new Map(); #count = 0; // the last press of each order, by what it asks for

  constructor({ now = () => performance.now() } = {}) {
    this.#now = now;
  }

  /** The id to send `order` with, which begins with `base`; null where it is not to be sent. */
  press(order, base) {
    const last = this.#presses.get(order), at = this.#now();
    if (last?.isDone && at - last.at < BOUNCE_MS) return null;
    const id = last && !last.isDone ? last.id : `${base}-${++this.#count}`;
    this.#presses.set(order, { id, at, isDone: false });
    return id;
  }

  done(id) {
    for (const press of this.#presses.values()) if (press.id === id) press.isDone = true;
  }
}

export class RingIn {
  #grid; #search; #presses = new RingPresses();

  constructor(grid) {
    this.#grid = grid;
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

  /** Whether a press counts. What rings in gets its id: without a script, the page's own counts once. */
  accept(form, body) {
    if (!this.#isOfGrid(form)) return true;
    const order = [...body].filter(([name]) => name !== "id" && name !== "csrfmiddlewaretoken");
    const id = this.#presses.press(JSON.stringify([form.action, order]), body.get("id"));
    if (id) body.set("id", id);
    return Boolean(id);
  }

  /** The bar has it: the form is as it was, and the next tap is another drink. */
  rang(form, body) {
    if (!this.#isOfGrid(form)) return;
    this.#presses.done(body.get("id"));
    form.reset();
    form.querySelector("details").open = false;
  }

  #isOfGrid(form) {
    return Boolean(form.closest("[data-words]"));
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
