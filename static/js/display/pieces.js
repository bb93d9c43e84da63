// Pieces of the page, drawn anew by the server. What is the same stays the very same element: nothing blinks,
// nothing loses its focus, and only what is new or different draws the eye.

/** The children of `next` put into `place`; those whose key and text are as they were stay. Lists are gone into. */
export function settle(place, next, sources) {
  const known = new Map([...place.children].map((child) => [child.dataset.key, child]));
  const kept = [...next.children].map((child) => {
    const source = child.outerHTML; // before anything is changed in it
    const old = child.dataset.key && known.get(child.dataset.key);
    if (old && sources.get(old) === source) return old;
    if (old && "list" in child.dataset) {
      sources.set(old, source);
      settle(old, child, sources);
      return old;
    }
    remember(child, sources);
    child.classList.toggle("fresh", !old);
    return child;
  });
  if (kept.length !== place.children.length || kept.some((child, at) => child !== place.children[at])) {
    place.replaceChildren(...kept);
  }
}

/** As the server drew it, for itself and for the rows in it. */
function remember(child, sources) {
  sources.set(child, child.outerHTML);
  for (const row of child.querySelectorAll("[data-key]")) sources.set(row, row.outerHTML);
}

export class Pieces {
  #page; #sources = new WeakMap();

  constructor(page) {
    this.#page = page;
    for (const place of page.querySelectorAll("[data-piece]")) {
      for (const child of place.children) remember(child, this.#sources);
    }
  }

  show(pieces) {
    const focused = this.#focused();
    for (const [name, html] of Object.entries(pieces)) {
      const place = this.#page.querySelector(`[data-piece="${name}"]`);
      if (!place) continue;
      const drawn = this.#page.createElement("template");
      drawn.innerHTML = html;
      settle(place, drawn.content, this.#sources);
    }
    this.#refocus(focused);
  }

  #focused() {
    const active = this.#page.activeElement;
    return { key: active?.closest?.("[data-key]")?.dataset.key, kind: active?.className };
  }

  /** Whoever stood on a button of a ticket stands on the ticket's next one. */
  #refocus({ key, kind }) {
    if (!key || this.#page.activeElement !== this.#page.body) return;
    const row = this.#page.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const again = row?.querySelector(`button.${kind || "bump"}`) ?? row?.querySelector("button");
    again?.focus({ preventScroll: true });
  }
}
