// What is real here, as it is by now: who thinks may change in the middle of an evening.
export class Parts {
  #list; #item;

  constructor({ list, item }) {
    this.#list = list;
    this.#item = item;
  }

  show(parts) {
    const items = parts.map(({ state, says }) => Object.assign(this.#item(), { className: state, textContent: says }));
    for (const old of [...this.#list.children]) if (!("link" in old.dataset)) old.remove();
    this.#list.append(...items);
  }
}
