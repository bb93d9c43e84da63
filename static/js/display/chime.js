// Two soft notes when a ticket comes in; three that come again and again while a guest waits for a person.
// The switch is for tickets. A browser lets sound out only after somebody has touched the page.

const STORAGE_KEY = "maya.display.sound";
const TICKET_NOTES = [880, 1318.5];
const CALL_NOTES = [659.3, 523.3, 659.3];
const CALL_INTERVAL_MS = 5000;

export class Chime {
  #button; #storage; #createContext; #warning; #clock; #context = null; #isOn; #callTimer = null;

  /** `warning` is shown while a guest calls and the browser lets no sound out yet. */
  constructor({ button, storage, warning = null, clock = globalThis, createContext = () => new AudioContext() }) {
    this.#button = button;
    this.#storage = storage;
    this.#warning = warning;
    this.#clock = clock;
    this.#createContext = createContext;
    this.#isOn = storage.getItem(STORAGE_KEY) === "on";
    button.hidden = false;
    button.addEventListener("click", () => this.toggle());
    this.#update();
  }

  get isOn() {
    return this.#isOn;
  }

  toggle() {
    if (this.#isOn && !this.#isUnlocked) return this.unlock(); // it was wanted, and not yet allowed
    this.#isOn = !this.#isOn;
    this.#storage.setItem(STORAGE_KEY, this.#isOn ? "on" : "off");
    if (this.#isOn) this.unlock(true);
    this.#update();
  }

  async unlock(ring = false) {
    this.#context ??= this.#createContext();
    await this.#context.resume();
    if (ring) this.ring();
    this.#update();
  }

  ring() {
    if (this.#isOn) this.#play(TICKET_NOTES);
  }

  /** Whether a guest waits for a person: it rings until somebody has answered, whatever the switch says. */
  setGuestWaiting(waiting) {
    if (waiting === Boolean(this.#callTimer)) return;
    this.#clock.clearInterval(this.#callTimer);
    this.#callTimer = waiting ? this.#clock.setInterval(() => this.#play(CALL_NOTES), CALL_INTERVAL_MS) : null;
    if (waiting) this.#play(CALL_NOTES);
    this.#update();
  }

  #play(notes) {
    if (!this.#isUnlocked) return;
    notes.forEach((pitch, place) => this.#note(pitch, this.#context.currentTime + place * 0.16));
  }

  get #isUnlocked() {
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

  #update() {
    this.#button.dataset.on = String(this.#isOn);
    this.#button.textContent = !this.#isUnlocked ? "Tap for sound" : this.#isOn ? "Sound on" : "Calls only";
    if (this.#warning) this.#warning.hidden = this.#isUnlocked || !this.#callTimer;
  }
}
