// Talking to Maya: consent in words first, then the microphone, held down or hands-free.

import { t } from "../translate.js";

const STORAGE_KEY = "maya.microphone";
const PUSH_TO_TALK_MS = 350; // a longer press is push-to-talk, a shorter one switches hands-free
const IDLE_MS = 180_000;

const FINAL_TRANSCRIPT_MS = 6_000;
const DENIED = "Your browser won't let me use the microphone. You can allow it in the browser's settings.";

export const LABELS = {
  off: "Microphone off",
  asking: "Shall I listen?",
  opening: "Opening the microphone",
  listening: "Listening",
  held: "Listening while you hold",
  hearing: "I hear you",
  none: "No microphone",
};

export class Microphone {
  #capture;
  #socket;
  #transcript;
  #clock;
  #storage;
  #visit;
  #show;
  #showMessage;
  #unavailable;
  #recognition;
  #state = "off";
  #pressedAt = null;
  #requestId = "";
  #idleTimer = null;
  #isReleased = false;
  #finalTurns = new Set(); // turns whose final transcript has come

  /** `unavailable` says why no microphone works; `recognition` is the browser's own, where it is the only one. */
  constructor({
    capture,
    socket,
    transcript,
    storage,
    visit,
    show,
    showMessage,
    unavailable = "",
    recognition = null,
    clock = globalThis,
  }) {
    this.#capture = capture;
    this.#socket = socket;
    this.#transcript = transcript;
    this.#storage = storage;
    this.#visit = visit;
    this.#show = show;
    this.#showMessage = showMessage;
    this.#unavailable = unavailable;
    this.#recognition = recognition;
    this.#clock = clock;
    if (capture) {
      capture.onAudio = (bytes) => socket.sendAudio(bytes);
      capture.onLost = () => this.#stop(t("The microphone is gone."));
    }
    this.#setState(unavailable ? "none" : "off");
  }

  get state() {
    return this.#state;
  }

  get isOn() {
    return ["opening", "listening", "held", "hearing"].includes(this.#state);
  }

  get hasConsent() {
    return this.#storage.getItem(STORAGE_KEY) === this.#visit;
  }

  // --- the button ------------------------------------------------------------------------------------

  buttonDown(now) {
    if (this.#unavailable) return this.#showMessage(this.#unavailable);
    if (!this.hasConsent) return this.#setState("asking");
    if (this.isOn) return this.#stop();
    this.#pressedAt = now;
    this.#open();
  }

  buttonUp(now) {
    if (this.#pressedAt === null) return;
    const long = now - this.#pressedAt >= PUSH_TO_TALK_MS;
    this.#pressedAt = null;
    if (!long) return this.isOn && this.#state !== "opening" && this.#setState("listening");
    this.#isReleased = this.#state === "opening";
    if (this.isOn && !this.#isReleased) this.#finish();
  }

  setConsent(yes) {
    if (yes) this.#storage.setItem(STORAGE_KEY, this.#visit);
    else this.revoke();
    this.#setState("off");
    if (yes) this.#open();
  }

  /** The guest takes the consent back: asked again next time. */
  revoke() {
    this.#storage.removeItem(STORAGE_KEY);
    if (this.isOn) this.#stop();
    this.#setState(this.#unavailable ? "none" : "off");
  }

  // --- the bar ---------------------------------------------------------------------------------------

  frames = {
    "user-started-speaking": () => this.isOn && this.#setState("hearing"),
    "user-transcription": ({ id, data }) => {
      this.#transcript.showInterim(id, data.text);
      if (data.final) this.#finalTurns.add(id);
      this.#restartIdleTimer();
    },
    "user-stopped-speaking": ({ id }) => {
      if (!this.#finalTurns.delete(id)) this.#transcript.removeInterim(id);
      if (!this.isOn) this.#request(false); // the word after a lifted finger was the last
      if (this.#state === "hearing") this.#setState(this.#pressedAt === null ? "listening" : "held");
    },
  };

  news = {
    microphone: ({ on, why }) => on || this.#stop(why),
  };

  /** The response to our request; false where it is somebody else's. */
  handleResponse(id, refused = "") {
    if (id !== this.#requestId) return false;
    if (refused) this.#stop(refused);
    return true;
  }

  /** The browser's own recognition has begun, or has ended for this reason. */
  recognitionStarted() {
    this.#setState(this.isHeld ? "held" : "listening");
    this.#restartIdleTimer();
    if (this.#isReleased) this.#finish();
  }

  /** A finger, or a key, is on the button. */
  get isHeld() {
    return this.#pressedAt !== null;
  }

  /** Somebody speaks: the microphone was not forgotten. */
  speechDetected() {
    this.#restartIdleTimer();
  }

  recognitionEnded(error) {
    const denied = error === "not-allowed" || error === "service-not-allowed";
    if (this.isOn)
      this.#stop(
        denied
          ? t(DENIED)
          : error && error !== "aborted" && error !== "no-speech"
            ? t("Your browser couldn't hear you just now.")
            : "",
      );
  }

  /** A new stream knows nothing of the one before. */
  streamLive() {
    if (this.isOn && this.#state !== "opening" && !this.#recognition) this.#request(true);
  }

  // --- inside ----------------------------------------------------------------------------------------

  async #open() {
    this.#setState("opening");
    this.#isReleased = false;
    if (this.#recognition) return this.#recognition.start(this);
    try {
      const opened = await this.#capture.open();
      if (opened) this.#opened(opened.echoCancelled);
    } catch (error) {
      this.#stop(
        error instanceof Error && error.name === "NotAllowedError"
          ? t(DENIED)
          : t("I can't find a microphone."),
      );
    }
  }

  #opened(echoCancelled) {
    this.#request(true, echoCancelled);
    this.#setState(this.#pressedAt === null ? "listening" : "held");
    this.#restartIdleTimer();
    if (this.#isReleased) this.#stop();
  }

  /** A finger was lifted: what was said is said, and the lamp goes out. The bar ends the turn by itself. */
  #finish() {
    this.#capture?.close();
    this.#recognition?.stop();
    this.#setState("off");
    if (this.#recognition) return;
    this.#socket.sendOnce("speech-ended");
    this.#clock.clearTimeout(this.#idleTimer);
    this.#idleTimer = this.#clock.setTimeout(() => this.isOn || this.#request(false), FINAL_TRANSCRIPT_MS);
  }

  #stop(why = "") {
    this.#clock.clearTimeout(this.#idleTimer);
    this.#capture?.close();
    this.#recognition?.stop();
    if (this.isOn && !this.#recognition) this.#request(false);
    if (this.#state !== "none") this.#setState("off");
    if (why) this.#showMessage(why);
  }

  #request(on, echoCancelled = true) {
    if (this.#socket.live)
      this.#requestId = this.#socket.sendAction("set-microphone", { on, echo_cancelled: echoCancelled });
  }

  #restartIdleTimer() {
    this.#clock.clearTimeout(this.#idleTimer);
    this.#idleTimer = this.#clock.setTimeout(
      () => this.isOn && this.#stop(t("I stopped listening, as nothing was said for a while.")),
      IDLE_MS,
    );
  }

  #setState(state) {
    this.#state = state;
    this.#show(state);
  }
}
