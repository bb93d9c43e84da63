// "Stop": there while Maya thinks or speaks, by a button or by Escape.

const SHOW_DELAY_MS = 300; // who answers at once needs no stopping, and no button that flashes

export class StopButton {
  #button; #stop; #focusNext; #clock; #busy = new Set(); #timer = null;

  /** `stop` ends all of it; `focusNext` takes the keyboard when the button goes away under it. */
  constructor({ button, stop, focusNext, clock = globalThis }) {
    this.#button = button;
    this.#stop = stop;
    this.#focusNext = focusNext;
    this.#clock = clock;
    button.addEventListener("click", () => this.stopAll());
  }

  /** Whether there was anything to stop. */
  stopAll() {
    if (!this.#busy.size) return false;
    this.#busy.clear();
    this.#update();
    this.#stop();
    return true;
  }

  setBusy(what, on = true) {
    if (on) this.#busy.add(what);
    else this.#busy.delete(what);
    this.#update();
  }

  #update() {
    if (this.#busy.size)
      return (this.#timer ??= this.#clock.setTimeout(() => (this.#button.hidden = false), SHOW_DELAY_MS));
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#button.ownerDocument?.activeElement === this.#button) this.#focusNext.focus();
    this.#button.hidden = true;
  }
}
