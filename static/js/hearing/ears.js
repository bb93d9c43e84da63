// Talking to Maya: consent in words first, then the microphone, held down or hands-free.

import { t } from "../words.js";

const KEPT = "maya.microphone";
const HELD_AFTER = 350; // ms: a longer press is push-to-talk, a shorter one switches hands-free
const FORGOTTEN_AFTER = 180_000;

const LAST_WORD_WITHIN = 6_000;
const DENIED = "Your browser does not let me listen. Its settings can.";

export const SAYS = {
  off: "Microphone off",
  asking: "Shall I listen?",
  opening: "Opening the microphone",
  listening: "Listening",
  held: "Listening while you hold",
  hearing: "I hear you",
  none: "No microphone",
};

export class Ears {
  #capture; #socket; #transcript; #clock; #kept; #visit; #show; #say; #absent; #own;
  #state = "off"; #pressedAt = null; #asked = ""; #idle = null; #letGo = false;
  #heard = new Set(); // turns whose last word has come

  /** `absent` says why nobody can hear here; `own` is the browser's own recognition, where it is the only one. */
  constructor({ capture, socket, transcript, kept, visit, show, say, absent = "", own = null, clock = globalThis }) {
    this.#capture = capture;
    this.#socket = socket;
    this.#transcript = transcript;
    this.#kept = kept;
    this.#visit = visit;
    this.#show = show;
    this.#say = say;
    this.#absent = absent;
    this.#own = own;
    this.#clock = clock;
    if (capture) {
      capture.onSound = (bytes) => socket.sound(bytes);
      capture.onLost = () => this.#stop(t("The microphone is gone."));
    }
    this.#turn(absent ? "none" : "off");
  }

  get state() {
    return this.#state;
  }

  get on() {
    return ["opening", "listening", "held", "hearing"].includes(this.#state);
  }

  get allowed() {
    return this.#kept.getItem(KEPT) === this.#visit;
  }

  // --- the button ------------------------------------------------------------------------------------

  press(now) {
    if (this.#absent) return this.#say(this.#absent);
    if (!this.allowed) return this.#turn("asking");
    if (this.on) return this.#stop();
    this.#pressedAt = now;
    this.#open();
  }

  release(now) {
    if (this.#pressedAt === null) return;
    const long = now - this.#pressedAt >= HELD_AFTER;
    this.#pressedAt = null;
    if (!long) return this.on && this.#state !== "opening" && this.#turn("listening");
    this.#letGo = this.#state === "opening";
    if (this.on && !this.#letGo) this.#finish();
  }

  agree(yes) {
    if (yes) this.#kept.setItem(KEPT, this.#visit);
    else this.revoke();
    this.#turn("off");
    if (yes) this.#open();
  }

  /** The guest takes the leave back: asked again next time. */
  revoke() {
    this.#kept.removeItem(KEPT);
    if (this.on) this.#stop();
    this.#turn(this.#absent ? "none" : "off");
  }

  // --- the bar ---------------------------------------------------------------------------------------

  frames = {
    "user-started-speaking": () => this.on && this.#turn("hearing"),
    "user-transcription": ({ id, data }) => {
      this.#transcript.hearing(id, data.text);
      if (data.final) this.#heard.add(id);
      this.#stayAwake();
    },
    "user-stopped-speaking": ({ id }) => {
      if (!this.#heard.delete(id)) this.#transcript.unheard(id);
      if (!this.on) this.#ask(false); // the word after a lifted finger was the last
      if (this.#state === "hearing") this.#turn(this.#pressedAt === null ? "listening" : "held");
    },
  };

  news = {
    microphone: ({ on, why }) => on || this.#stop(why),
  };

  /** The answer to our wish to be heard; false where it is somebody else's. */
  answered(id, refused = "") {
    if (id !== this.#asked) return false;
    if (refused) this.#stop(refused);
    return true;
  }

  /** The browser's own recognition has begun, or has ended for this reason. */
  recognising() {
    this.#turn(this.#pressedAt === null ? "listening" : "held");
    this.#stayAwake();
  }

  recognitionLost(error) {
    const denied = error === "not-allowed" || error === "service-not-allowed";
    if (this.on) this.#stop(denied ? t(DENIED) : error && error !== "aborted" && error !== "no-speech" ? t("Your browser could not hear you just now.") : "");
  }

  /** A new stream knows nothing of the one before. */
  live() {
    if (this.on && this.#state !== "opening" && !this.#own) this.#ask(true);
  }

  // --- inside ----------------------------------------------------------------------------------------

  async #open() {
    this.#turn("opening");
    this.#letGo = false;
    if (this.#own) return this.#own.start(this);
    try {
      const opened = await this.#capture.open();
      if (opened) this.#opened(opened.echoCancelled);
    } catch (error) {
      this.#stop(error.name === "NotAllowedError" ? t(DENIED) : t("There is no microphone that I could hear."));
    }
  }

  #opened(echoCancelled) {
    this.#ask(true, echoCancelled);
    this.#turn(this.#pressedAt === null ? "listening" : "held");
    this.#stayAwake();
    if (this.#letGo) this.#stop();
  }

  /** A finger was lifted: what was said is said, and the lamp goes out. The bar ends the turn by itself. */
  #finish() {
    this.#capture?.close();
    this.#own?.stop();
    this.#turn("off");
    if (this.#own) return;
    this.#socket.tell("speech-ended");
    this.#clock.clearTimeout(this.#idle);
    this.#idle = this.#clock.setTimeout(() => this.on || this.#ask(false), LAST_WORD_WITHIN);
  }

  #stop(why = "") {
    this.#clock.clearTimeout(this.#idle);
    this.#capture?.close();
    this.#own?.stop();
    if (this.on && !this.#own) this.#ask(false);
    if (this.#state !== "none") this.#turn("off");
    if (why) this.#say(why);
  }

  #ask(on, echoCancelled = true) {
    if (this.#socket.live) this.#asked = this.#socket.press("set-microphone", { on, echo_cancelled: echoCancelled });
  }

  #stayAwake() {
    this.#clock.clearTimeout(this.#idle);
    this.#idle = this.#clock.setTimeout(() => this.on && this.#stop(t("I have stopped listening: nothing was said for a while.")), FORGOTTEN_AFTER);
  }

  #turn(state) {
    this.#state = state;
    this.#show(state);
  }
}
