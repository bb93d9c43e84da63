// One clear sentence beside the conversation. A live one goes by itself; there are never more than two.

const VISIBLE_MS = 8000;

export class Notices {
  #place; #template; #clock;

  constructor({ place, template, clock = globalThis }) {
    this.#place = place;
    this.#template = template;
    this.#clock = clock;
  }

  show(text, kind = "") {
    const notice = this.#template.content.firstElementChild.cloneNode(true);
    if (kind) notice.classList.add(kind);
    notice.textContent = text;
    this.#place.classList.add("live");
    this.#place.append(notice);
    while (this.#place.children.length > 2) this.#place.firstElementChild.remove();
    this.#clock.setTimeout(() => notice.remove(), VISIBLE_MS);
  }
}
