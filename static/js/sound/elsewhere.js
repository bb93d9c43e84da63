// The browser's own voice: the last resort, when none of the house's was heard.

export class Elsewhere {
  #synthesis; #make; #lang; #onQuiet;

  constructor({ synthesis = globalThis.speechSynthesis, make, lang = "en", onQuiet = () => {} }) {
    this.#synthesis = synthesis;
    this.#make = make ?? ((text) => new SpeechSynthesisUtterance(text));
    this.#lang = lang;
    this.#onQuiet = onQuiet;
  }

  /** Whether it will be heard. What it said before is cut off: never two voices. */
  say(text, volume) {
    if (!this.#synthesis) return false;
    this.#synthesis.cancel();
    const said = Object.assign(this.#make(text), { lang: this.#lang, volume });
    said.onend = said.onerror = () => this.#onQuiet();
    this.#synthesis.speak(said);
    return true;
  }

  stop() {
    this.#synthesis?.cancel();
  }
}
