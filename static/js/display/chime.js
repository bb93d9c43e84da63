// Two soft notes when a ticket comes in. A browser lets sound out only after somebody has touched the page.

const KEPT = "maya.display.sound";
const NOTES = [880, 1318.5];

export class Chime {
  #button; #kept; #make; #context = null; #on;

  constructor({ button, kept, make = () => new AudioContext() }) {
    this.#button = button;
    this.#kept = kept;
    this.#make = make;
    this.#on = kept.getItem(KEPT) === "on";
    button.hidden = false;
    button.addEventListener("click", () => this.toggle());
    this.#show();
  }

  get on() {
    return this.#on;
  }

  toggle() {
    if (this.#on && !this.#open) return this.touched(); // it was wanted, and not yet allowed
    this.#on = !this.#on;
    this.#kept.setItem(KEPT, this.#on ? "on" : "off");
    if (this.#on) this.touched(true);
    this.#show();
  }

  async touched(ring = false) {
    if (!this.#on) return;
    this.#context ??= this.#make();
    await this.#context.resume();
    if (ring) this.ring();
    this.#show();
  }

  ring() {
    if (!this.#on || !this.#open) return;
    NOTES.forEach((pitch, place) => this.#note(pitch, this.#context.currentTime + place * 0.16));
  }

  get #open() {
    return this.#context?.state === "running";
  }

  #note(pitch, at) {
    const tone = this.#context.createOscillator(), loud = this.#context.createGain();
    tone.frequency.value = pitch;
    loud.gain.setValueAtTime(0.0001, at);
    loud.gain.exponentialRampToValueAtTime(0.35, at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    tone.connect(loud).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 0.55);
  }

  #show() {
    this.#button.setAttribute("aria-pressed", String(this.#on));
    this.#button.textContent = !this.#on ? "Sound off" : this.#open ? "Sound on" : "Tap for sound";
  }
}
