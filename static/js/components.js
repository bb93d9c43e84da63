// What is real, simulated or off, as it is by now: the language model may change in the middle of an evening.
export class ComponentList {
  #list; #item;

  constructor({ list, item }) {
    this.#list = list;
    this.#item = item;
  }

  show(components) {
    const items = components.map(({ state, says }) =>
      Object.assign(this.#item(), { className: state, textContent: says }),
    );
    for (const old of [...this.#list.children]) if (!("link" in old.dataset)) old.remove();
    this.#list.append(...items);
  }
}
