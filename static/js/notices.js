// One clear sentence below the conversation, over nothing. A live one goes by itself, or with the news that it is no
// longer true; there are never more than two.

const VISIBLE_MS = 6000;

export class Notices {
  #place; #template; #clock; #byTopic = new Map();

  constructor({ place, template, clock = globalThis }) {
    this.#place = place;
    this.#template = template;
    this.#clock = clock;
  }

  /** `about`: what it is the newest word on; an older one on the same is gone. */
  show(text, kind = "", about = "") {
    const notice = this.#template.content.firstElementChild.cloneNode(true);
    if (kind) notice.classList.add(kind);
    notice.textContent = text;
    this.#place.classList.add("live");
    this.#byTopic.get(about)?.remove();
    if (about) this.#byTopic.set(about, notice);
    this.#place.append(notice);
    while (this.#place.children.length > 2) this.#place.firstElementChild.remove();
    this.#clock.setTimeout(() => notice.remove(), VISIBLE_MS);
  }
}
