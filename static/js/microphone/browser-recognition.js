// The browser's own speech recognition, where the server has none. Its vendor hears the guest: the page says so first.
//
// One session is one utterance, and one utterance is one turn: it is sent once, when the browser has stopped listening,
// and whatever the browser says afterwards of the same session is ignored. For the next one it starts anew. While the
// button is held, what was said before and after a pause is one turn.

import { Utterance } from "./utterance.js";

const SILENCE_MS = 2_000; // without a new word: where the browser does not end an utterance, we do
const FINAL_RESULT_MS = 1_000; // for its last word after that
const MAX_SILENT_SESSIONS = 3; // sessions in which nothing was said, one after the other
const DENIALS = ["not-allowed", "service-not-allowed"];

export class BrowserRecognition {
  #make; #sendText; #newId; #transcript; #lang; #clock; #session = null;

  constructor({ make, sendText, newId, transcript, lang = "en", clock = globalThis }) {
    this.#make = make;
    this.#sendText = sendText;
    this.#newId = newId;
    this.#transcript = transcript;
    this.#lang = lang;
    this.#clock = clock;
  }

  static get implementation() {
    return globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;
  }

  start(microphone) {
    this.#startSession(microphone, { id: "", text: "", silent: 0, first: true });
  }

  stop() {
    const session = this.#session;
    this.#session = null;
    session?.finish();
  }

  #startSession(microphone, turn) {
    const session = new RecognitionSession({
      browser: this.#make(),
      lang: this.#lang,
      clock: this.#clock,
      onStarted: () => turn.first && microphone.recognitionStarted(),
      onText: (text) => {
        turn.id ||= this.#newId();
        this.#transcript.showInterim(turn.id, joined(turn.text, text));
        microphone.speechDetected();
      },
      onEnded: (text, error) => this.#handleEnd(microphone, turn, session, text, error),
    });
    this.#session = session;
    session.start();
  }

  #handleEnd(microphone, turn, session, text, error) {
    const lost = error === "no-speech" ? "" : error;
    const silent = text ? 0 : turn.silent + 1;
    const isCurrent = this.#session === session, continues = isCurrent && !lost && silent < MAX_SILENT_SESSIONS;
    const spoken = joined(turn.text, text);
    if (continues && microphone.isHeld)
      return this.#startSession(microphone, { ...turn, text: spoken, silent, first: false });
    if (spoken) this.#sendText(spoken, turn.id);
    else if (turn.id) this.#transcript.removeInterim(turn.id);
    if (continues) return this.#startSession(microphone, { id: "", text: "", silent, first: false });
    // To listen anew without a press may be refused: that is no fault of the guest's settings.
    if (isCurrent) microphone.recognitionEnded(!turn.first && DENIALS.includes(lost) ? "" : lost);
  }
}

const joined = (before, more) => [before, more].filter(Boolean).join(" ");

/** From one start of the browser's recognition to its end, which is told once. */
class RecognitionSession {
  #browser; #clock; #onEnded; #timer = null; #isFinishing = false; #isOver = false;
  #utterance = new Utterance();

  constructor({ browser, lang, clock, onStarted, onText, onEnded }) {
    this.#browser = browser;
    this.#clock = clock;
    this.#onEnded = onEnded;
    Object.assign(browser, { continuous: false, interimResults: true, lang });
    browser.onstart = () => this.#isOver || onStarted();
    browser.onresult = ({ results }) => {
      if (this.#isOver) return;
      this.#utterance.update(results);
      if (!this.#utterance.text) return;
      onText(this.#utterance.text);
      this.#startTimer();
    };
    browser.onerror = ({ error }) => this.#end(error || "unknown");
    browser.onend = () => this.#end("");
  }

  start() {
    try {
      this.#browser.start();
    } catch (error) {
      this.#end(error instanceof Error && error.name === "NotAllowedError" ? "not-allowed" : "unknown");
    }
  }

  /** What was said last is still waited for, but not for ever. */
  finish() {
    if (this.#isOver || this.#isFinishing) return;
    this.#isFinishing = true;
    this.#startTimer();
    this.#browser.stop();
  }

  #startTimer() {
    this.#clock.clearTimeout(this.#timer);
    const next = this.#isFinishing ? () => this.#end("") : () => this.finish();
    this.#timer = this.#clock.setTimeout(next, this.#isFinishing ? FINAL_RESULT_MS : SILENCE_MS);
  }

  #end(error) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clock.clearTimeout(this.#timer);
    this.#browser.abort?.(); // it may hear no more: all its news were told
    this.#onEnded(error ? this.#utterance.finalText : this.#utterance.text, error);
  }
}
