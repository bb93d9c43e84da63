// Maya's voice on this page: whether the guest wants it, whether the browser lets it out, whether there is one.

import { t } from "../words.js";

export const STATES = {
  on: "Voice on",
  locked: "Tap for sound",
  muted: "Muted",
  none: "No voice",
};
const KEPT = "maya.voice";

export class Voice {
  #button; #says; #volume; #figure; #output; #player; #captions; #socket; #kept; #elsewhere; #onSpeaking; #still;
  #wanted; #offered = true; #asked = "";

  constructor({ button, says, volume, figure, output, player, captions, socket, kept, elsewhere, onSpeaking = () => {}, still = false }) {
    this.#button = button;
    this.#says = says;
    this.#volume = volume;
    this.#figure = figure;
    this.#output = output;
    this.#player = player;
    this.#captions = captions;
    this.#socket = socket;
    this.#kept = kept;
    this.#elsewhere = elsewhere; // the browser's own voice
    this.#onSpeaking = onSpeaking;
    this.#still = still;
    const { wanted = true, volume: level = 0.9 } = JSON.parse(kept.getItem(KEPT) ?? "{}");
    this.#wanted = wanted;
    volume.value = Math.round(level * 100);
    this.#turnTo(level);
    output.onState = () => this.#opened();
    button.addEventListener("click", () => this.#pressed());
    volume.addEventListener("input", () => this.#turnTo(volume.value / 100));
    volume.addEventListener("change", () => this.#keep());
    this.#show();
  }

  get state() {
    if (!this.#offered) return "none";
    if (!this.#wanted) return "muted";
    return this.#output.open ? "on" : "locked";
  }

  /** Any gesture will do; a guest who wants no sound is not asked for one. */
  gesture() {
    if (this.#wanted && this.#offered && !this.#output.open) this.#output.unlock();
  }

  /** A new stream knows nothing of what was chosen on the one before. */
  live() {
    if (this.state === "on") this.#ask(true);
  }

  frames = {
    "bot-tts-started": ({ id }) => this.#player.started(id),
    "bot-tts-text": ({ id, data }) => this.#captions.word(id, data),
    "bot-tts-stopped": ({ id, data }) => this.#player.stopped(id, data),
    "bot-stopped-speaking": ({ id }) => this.#player.over(id),
  };

  news = {
    hold: ({ on }) => this.#player.hold(on),
    speak: ({ text }) => this.state === "on" && this.#elsewhere.say(text, this.#volume.value / 100) && this.#onSpeaking(true),
  };

  /** The answer to our own wish; false where it is somebody else's. */
  answered(id, refused) {
    if (id !== this.#asked) return false;
    this.#offered = !refused;
    this.#show();
    return true;
  }

  sound(bytes) {
    this.#player.sound(bytes);
  }

  /** Another reply begins; the browser's own voice knows nothing of it. */
  makeWay() {
    this.#elsewhere.stop();
  }

  stop() {
    this.#elsewhere.stop();
    this.#player.stop();
  }

  heard(told) {
    this.#onSpeaking(true);
    this.#captions.heard(told);
    this.#mouth(told.level);
  }

  quiet() {
    this.#onSpeaking(false);
    this.#captions.quiet();
    this.#mouth(0);
  }

  #pressed() {
    if (this.state === "locked") return this.#output.unlock();
    if (this.state === "none") this.#offered = this.#wanted = true; // asked once more
    else this.#wanted = !this.#wanted;
    this.#keep();
    if (!this.#wanted) this.stop();
    if (this.#output.open || !this.#wanted) this.#ask(this.#wanted);
    else this.#output.unlock();
    this.#show();
  }

  #opened() {
    if (this.state === "on") this.#ask(true);
    this.#show();
  }

  #ask(on) {
    if (this.#socket.live) this.#asked = this.#socket.press("set-voice", { on });
  }

  /** How wide the mouth is. Whoever asked for less motion sees none. */
  #mouth(level) {
    if (this.#still) return;
    const open = Math.min(1, level * 4);
    this.#figure.style.setProperty("--mouth", open.toFixed(2));
    this.#figure.dispatchEvent(new CustomEvent("maya:mouth", { detail: { level: open } }));
  }

  #turnTo(level) {
    this.#output.volume = level * level; // ears are not linear
  }

  #keep() {
    this.#kept.setItem(KEPT, JSON.stringify({ wanted: this.#wanted, volume: this.#volume.value / 100 }));
  }

  #show() {
    const { state } = this;
    this.#button.dataset.state = state;
    this.#button.setAttribute("aria-pressed", String(state === "on"));
    this.#says.textContent = t(STATES[state]);
    this.#volume.disabled = state === "none";
  }
}
