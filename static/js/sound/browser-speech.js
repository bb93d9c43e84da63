// The browser's own voice: the last resort, when none of the server's voices was heard.

export class BrowserSpeech {
  #synthesis; #make; #lang; #onEnd;

  constructor({ synthesis = globalThis.speechSynthesis, make = undefined, lang = "en", onEnd = () => {} }) {
    this.#synthesis = synthesis;
    this.#make = make ?? ((text) => new SpeechSynthesisUtterance(text));
    this.#lang = lang;
    this.#onEnd = onEnd;
  }

  /** Whether it will be heard. What it said before is cut off: never two voices. */
  speak(text, volume) {
    if (!this.#synthesis) return false;
    this.#synthesis.cancel();
    const utterance = Object.assign(this.#make(text), { lang: this.#lang, volume });
    utterance.onend = utterance.onerror = () => this.#onEnd();
    this.#synthesis.speak(utterance);
    return true;
  }

  stop() {
    this.#synthesis?.cancel();
  }
}
