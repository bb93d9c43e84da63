// Words under Maya's face, as they are heard: sound arrives ahead of the ear, so each word waits for its moment.

const LONGEST = 70;

export class Captions {
  #place;
  #words = new Map(); // turn -> [{ at, text }]
  #shown = "";

  constructor({ place }) {
    this.#place = place;
  }

  word(turn, { text, written = text, at_ms = 0 }) {
    if (!this.#words.has(turn)) this.#words.set(turn, []);
    this.#words.get(turn).push({ at: at_ms, text: written });
  }

  heard({ turn, ms }) {
    const words = this.#words.get(turn) ?? [];
    let line = "";
    for (const { at, text } of words) {
      if (at > ms) break;
      const fits = line.length + text.length < LONGEST && !/[.!?…]["'”’)]*$/.test(line);
      line = fits && line ? `${line} ${text}` : text;
    }
    this.#show(line);
  }

  quiet() {
    this.#words.clear();
    this.#show("");
  }

  #show(line) {
    if (line === this.#shown) return;
    this.#shown = line;
    this.#place.textContent = line;
    this.#place.hidden = line === "";
  }
}
