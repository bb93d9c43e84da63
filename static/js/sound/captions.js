// Words under Maya's face, as they are heard: sound arrives ahead of the ear, so each word waits for its moment.

const MAX_CHARS = 70;

export class Captions {
  #element;
  #words = new Map(); // turn -> [{ at, text }]
  #shown = "";

  constructor({ element }) {
    this.#element = element;
  }

  addWord(turn, { text, written = text, at_ms = 0 }) {
    if (!this.#words.has(turn)) this.#words.set(turn, []);
    this.#words.get(turn).push({ at: at_ms, text: written });
  }

  showUntil({ turn, ms }) {
    const words = this.#words.get(turn) ?? [];
    let line = "";
    for (const { at, text } of words) {
      if (at > ms) break;
      const fits = line.length + text.length < MAX_CHARS && !/[.!?…]["'”’)]*$/.test(line);
      line = fits && line ? `${line} ${text}` : text;
    }
    this.#show(line);
  }

  clear() {
    this.#words.clear();
    this.#show("");
  }

  #show(line) {
    if (line === this.#shown) return;
    this.#shown = line;
    this.#element.textContent = line;
    this.#element.hidden = line === "";
  }
}
