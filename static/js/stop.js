// "Stop": there while Maya thinks or speaks, by a button or by Escape.

const SOON = 300; // ms: who answers at once needs no stopping, and no button that flashes

export class Stop {
  #button; #stop; #rest; #clock; #busy = new Set(); #timer = null;

  /** `stop` ends all of it; `rest` takes the keyboard when the button goes away under it. */
  constructor({ button, stop, rest, clock = globalThis }) {
    this.#button = button;
    this.#stop = stop;
    this.#rest = rest;
    this.#clock = clock;
    button.addEventListener("click", () => this.press());
  }

  /** Whether there was anything to stop. */
  press() {
    if (!this.#busy.size) return false;
    this.#busy.clear();
    this.#show();
    this.#stop();
    return true;
  }

  busy(what, on = true) {
    if (on) this.#busy.add(what);
    else this.#busy.delete(what);
    this.#show();
  }

  #show() {
    if (this.#busy.size) return (this.#timer ??= this.#clock.setTimeout(() => (this.#button.hidden = false), SOON));
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#button.ownerDocument?.activeElement === this.#button) this.#rest.focus();
    this.#button.hidden = true;
  }
}
