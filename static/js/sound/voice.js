// Maya's voice on this page: whether the guest wants it, whether the browser lets it out, whether there is one.

import { t } from "../translate.js";

export const LABELS = {
  on: "Voice on",
  locked: "Tap for sound",
  muted: "Muted",
  none: "No voice",
};
const STORAGE_KEY = "maya.voice";

export class Voice {
  #button;
  #label;
  #volume;
  #avatar;
  #output;
  #player;
  #captions;
  #socket;
  #storage;
  #browserSpeech;
  #onSpeaking;
  #reducesMotion;
  #isWanted;
  #isAvailable = true;
  #requestId = "";

  constructor({
    button,
    label,
    volume,
    avatar,
    output,
    player,
    captions,
    socket,
    storage,
    browserSpeech,
    onSpeaking = () => {},
    reducesMotion = false,
  }) {
    this.#button = button;
    this.#label = label;
    this.#volume = volume;
    this.#avatar = avatar;
    this.#output = output;
    this.#player = player;
    this.#captions = captions;
    this.#socket = socket;
    this.#storage = storage;
    this.#browserSpeech = browserSpeech; // the browser's own voice
    this.#onSpeaking = onSpeaking;
    this.#reducesMotion = reducesMotion;
    const { wanted = true, volume: level = 0.9 } = JSON.parse(storage.getItem(STORAGE_KEY) ?? "{}");
    this.#isWanted = wanted;
    volume.value = Math.round(level * 100);
    this.#setVolume(level);
    output.onState = () => this.#handleOutputState();
    button.addEventListener("click", () => this.#handleClick());
    volume.addEventListener("input", () => this.#setVolume(volume.value / 100));
    volume.addEventListener("change", () => this.#save());
    this.#update();
  }

  get state() {
    if (!this.#isAvailable) return "none";
    if (!this.#isWanted) return "muted";
    return this.#output.open ? "on" : "locked";
  }

  /** Any gesture will do; a guest who wants no sound is not asked for one. */
  unlockOnGesture() {
    if (this.#isWanted && this.#isAvailable && !this.#output.open) this.#output.unlock();
  }

  /** A new stream knows nothing of what was chosen on the one before. */
  streamLive() {
    if (this.state === "on") this.#request(true);
  }

  frames = {
    "bot-tts-started": ({ id }) => this.#player.started(id),
    "bot-tts-text": ({ id, data }) => this.#captions.addWord(id, data),
    "bot-tts-stopped": ({ id, data }) => this.#player.stopped(id, data),
    "bot-stopped-speaking": ({ id }) => this.#player.finished(id),
  };

  news = {
    hold: ({ on }) => this.#player.hold(on),
    speak: ({ text }) =>
      this.state === "on" && this.#browserSpeech.speak(text, this.#volume.value / 100) && this.#onSpeaking(true),
  };

  /** The response to our own request; false where it is somebody else's. */
  handleResponse(id, refused) {
    if (id !== this.#requestId) return false;
    this.#isAvailable = !refused;
    this.#update();
    return true;
  }

  sound(bytes) {
    this.#player.addAudio(bytes);
  }

  /** Another reply begins; the browser's own voice knows nothing of it. */
  replyStarted() {
    this.#browserSpeech.stop();
  }

  stop() {
    this.#browserSpeech.stop();
    this.#player.stop();
  }

  playbackProgressed(progress) {
    this.#onSpeaking(true);
    this.#captions.showUntil(progress);
    this.#animateLips(progress.level);
  }

  playbackEnded() {
    this.#onSpeaking(false);
    this.#captions.clear();
    this.#animateLips(0);
  }

  #handleClick() {
    if (this.state === "locked") return this.#output.unlock();
    if (this.state === "none")
      this.#isAvailable = this.#isWanted = true; // asked once more
    else this.#isWanted = !this.#isWanted;
    this.#save();
    if (!this.#isWanted) this.stop();
    if (this.#output.open || !this.#isWanted) this.#request(this.#isWanted);
    else this.#output.unlock();
    this.#update();
  }

  #handleOutputState() {
    if (this.state === "on") this.#request(true);
    this.#update();
  }

  #request(on) {
    if (this.#socket.live) this.#requestId = this.#socket.sendAction("set-voice", { on });
  }

  /** How wide the mouth is. Whoever asked for less motion sees none. */
  #animateLips(level) {
    if (this.#reducesMotion) return;
    const open = Math.min(1, level * 4);
    this.#avatar.style.setProperty("--mouth", open.toFixed(2));
    this.#avatar.dispatchEvent(new CustomEvent("maya:mouth", { detail: { level: open } }));
  }

  #setVolume(level) {
    this.#output.volume = level * level; // ears are not linear
  }

  #save() {
    this.#storage.setItem(STORAGE_KEY, JSON.stringify({ wanted: this.#isWanted, volume: this.#volume.value / 100 }));
  }

  #update() {
    const { state } = this;
    this.#button.dataset.state = state;
    this.#label.textContent = t(LABELS[state]);
    this.#volume.disabled = state === "none";
  }
}
