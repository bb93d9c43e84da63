// What a tap on the menu orders, and choices that exclude one another.

/** The order in a drink's form, as the live stream wants it. */
export function tapped(item, fields) {
  return {
    item,
    quantity: Number.parseInt(fields.get("quantity") ?? "1", 10) || 0,
    modifiers: fields.getAll("modifiers"),
  };
}

export class MenuCard {
  #menu;

  constructor(menu) {
    this.#menu = menu;
    menu.addEventListener("change", (event) => this.#onlyOneOfAGroup(event.target));
  }

  /** A short nod of the glass, and the form as it was. */
  poured(form) {
    const row = form.closest("[data-drink]");
    row.classList.add("poured");
    row.addEventListener("animationend", () => row.classList.remove("poured"), { once: true });
    form.reset();
    form.querySelector("details").open = false;
  }

  #onlyOneOfAGroup(box) {
    if (box.name !== "modifiers" || !box.checked || box.dataset.max !== "1") return;
    for (const other of box.closest("fieldset").querySelectorAll("input")) {
      if (other !== box) other.checked = false;
    }
  }

  /** 86: what cannot be had tonight any more, or again. */
  soldOut(names) {
    for (const form of this.#menu.querySelectorAll("form[data-item]")) {
      const out = names.includes(form.dataset.item);
      form.closest("[data-drink]").classList.toggle("sold-out", out);
      form.querySelector(".add").hidden = out;
      form.querySelector(".out").hidden = !out;
    }
  }
}
