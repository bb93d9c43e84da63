// The browser's own recognition, where the house has no ears. Its maker hears the guest: the page says so first.

export class Recognition {
  #make; #say; #newId; #transcript; #lang; #one = null;

  constructor({ make, say, newId, transcript, lang = "en" }) {
    this.#make = make;
    this.#say = say;
    this.#newId = newId;
    this.#transcript = transcript;
    this.#lang = lang;
  }

  static get kind() {
    return globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
  }

  start(ears) {
    const one = (this.#one = this.#make());
    Object.assign(one, { continuous: true, interimResults: true, lang: this.#lang });
    let id = "";
    one.onstart = () => ears.recognising();
    one.onresult = ({ resultIndex, results }) => {
      const result = results[resultIndex];
      const text = result[0].transcript.trim();
      id ||= this.#newId();
      if (!text) return;
      this.#transcript.hearing(id, text);
      if (!result.isFinal) return;
      this.#say(text, id);
      id = "";
    };
    one.onerror = ({ error }) => ears.recognitionLost(error);
    one.onend = () => this.#one === one && ears.recognitionLost("");
    one.start();
  }

  stop() {
    const one = this.#one;
    this.#one = null;
    one?.stop();
  }
}
