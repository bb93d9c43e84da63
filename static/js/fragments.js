// Fragments of the page, rendered by the server. What is the same stays the very same element: nothing blinks, nothing
// loses its focus or its scroll position, and only rows that are new draw the eye.

/** What makes two elements the same one: a row's `data-key`, else its tag and class. */
function identity(node) {
  return node.dataset?.key ?? `${node.nodeName} ${node.getAttribute?.("class") ?? ""}`;
}

export class Fragments {
  #page; #prepare; #sources = new WeakMap(); // each keyed element's HTML as the server sent it

  /** `prepare` is given the new content of a fragment before it is shown. */
  constructor({ page, prepare = /** @type {(content: DocumentFragment) => void} */ (() => {}) }) {
    this.#page = page;
    this.#prepare = prepare;
    for (const place of page.querySelectorAll("[data-fragment]")) this.#remember(place);
  }

  /** `fragments`: HTML by the fragment's name. */
  show(fragments) {
    const focus = this.#focus();
    for (const [name, html] of Object.entries(fragments)) {
      const place = this.#page.querySelector(`[data-fragment="${name}"]`);
      if (!place) continue;
      const drawn = this.#page.createElement("template");
      drawn.innerHTML = html;
      this.#prepare(drawn.content);
      const earlier = [...place.querySelectorAll(".fresh")];
      this.#patchChildren(place, drawn.content);
      const isNewer = place.querySelectorAll(".fresh").length > earlier.filter((row) => row.isConnected).length;
      if (isNewer) for (const row of earlier) row.classList.remove("fresh"); // only the newest draw the eye
    }
    this.#refocus(focus);
  }

  #patchChildren(place, next) {
    const spare = new Map();
    for (const child of place.childNodes) spare.set(identity(child), [...(spare.get(identity(child)) ?? []), child]);
    const children = [...next.childNodes].map((child) => {
      const old = spare.get(identity(child))?.shift();
      if (old) this.#patch(old, child);
      else this.#add(child);
      return old ?? child;
    });
    for (const child of [...spare.values()].flat()) child.remove();
    // What is in its place already is not moved: moving an element takes the focus from it.
    children.forEach(
      (child, at) => child === place.childNodes[at] || place.insertBefore(child, place.childNodes[at] ?? null),
    );
  }

  #patch(old, next) {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== next.data) old.data = next.data;
      return;
    }
    if (old.dataset.key && this.#sources.get(old) === next.outerHTML) return; // what scripts changed in it stays
    this.#sources.set(old, next.outerHTML);
    for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    this.#patchChildren(old, next);
  }

  #add(child) {
    if (child.nodeType !== Node.ELEMENT_NODE) return;
    this.#remember(child);
    if (child.dataset.key) {
      this.#sources.set(child, child.outerHTML);
      child.classList.add("fresh");
    }
  }

  #remember(place) {
    for (const row of place.querySelectorAll("[data-key]")) this.#sources.set(row, row.outerHTML);
  }

  #focus() {
    const element = this.#page.activeElement;
    const key = element?.closest("[data-key]")?.dataset.key;
    return { element, key, kind: element?.className, home: element?.parentElement?.closest('[tabindex="-1"]') };
  }

  /** Where the focused element is gone: to its row's next button, else to the nearest group that it was in. */
  #refocus({ element, key, kind, home }) {
    if (!element || element === this.#page.body || (element.isConnected && !element.closest("[hidden]"))) return;
    const row = key && this.#page.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const button = row?.querySelector(`button.${kind || "bump"}`) ?? row?.querySelector("button");
    const next = button ?? (home?.isConnected ? home : null);
    next?.focus({ preventScroll: true });
  }
}
