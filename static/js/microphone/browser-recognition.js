// The browser's own speech recognition, where the server has none. Its vendor hears the guest: the page says so first.
//
// One session is one utterance, and one utterance is one turn: it is sent once, when the browser has stopped listening,
// and whatever the browser says afterwards of the same session is ignored. For the next one it starts anew. While the
// button is held, what was said before and after a pause is one turn.

const SILENCE_MS = 2_000; // without a new word: where the browser does not end an utterance, we do
const FINAL_RESULT_MS = 1_000; // for its last word after that
const MAX_SILENT_SESSIONS = 3; // sessions in which nothing was said, one after the other
const DENIALS = ["not-allowed", "service-not-allowed"];
const DIGITS = {
  one: "1", two: "2", three: "3", four: "4", five: "5", six: "6", seven: "7", eight: "8", nine: "9", ten: "10",
  uno: "1", dos: "2", tres: "3", cuatro: "4", cinco: "5", seis: "6", siete: "7", ocho: "8", nueve: "9", diez: "10",
};

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

// What was said from the moment a browser began to listen until it stopped, out of all the results that it gives.
//
// By the specification a final result never changes and the next one goes on behind it. Chrome on Android calls every
// draft final (its confidence is then 0), says the whole again with each new word, gives the last one twice, and at
// times begins its list anew. So nothing is added up as it comes: each time the whole list is read.
export class Utterance {
  #earlierFinals = []; // what an earlier list of the same listening had settled
  #list = [];

  /** `results` is the whole list of a result event; where the event says that news begin is not asked. */
  update(results) {
    const list = Array.from(results, (one) => ({
      text: (one[0]?.transcript ?? "").trim(),
      final: Boolean(one.isFinal),
      draft: one[0]?.confidence === 0,
    }));
    if (hasRestarted(this.#list, list)) this.#earlierFinals.push(...finals(this.#list));
    this.#list = list;
  }

  /** All that was understood, drafts included. */
  get text() {
    return joinPhrases([
      ...this.#earlierFinals,
      ...finals(this.#list),
      ...this.#list.filter((one) => !one.final).map((one) => one.text),
    ]);
  }

  /** Only what the browser said it was sure of. */
  get finalText() {
    return joinPhrases([...this.#earlierFinals, ...finals(this.#list)]);
  }
}

/** A draft that calls itself final is none once a sure result has come after it. */
function finals(list) {
  const sure = list.findLastIndex((one) => one.final && !one.draft);
  return list.filter((one, at) => one.final && !(one.draft && at < sure)).map((one) => one.text);
}

function hasRestarted(before, now) {
  if (!before.some((one) => one.final)) return false;
  if (now.length < before.length) return true;
  return before.some((one, at) => one.final && isOtherSentence(one, now[at].text));
}

/** A draft that grows is corrected; one that is suddenly short is another sentence. */
function isOtherSentence({ text, draft }, now) {
  return !isPrefix(text, now) && !isPrefix(now, text) && (!draft || now.length < text.length);
}

/** The phrases one behind the other; what says again what stands there already takes its place. */
function joinPhrases(candidates) {
  const phrases = [];
  for (const part of candidates) {
    const all = phrases.join(" "), last = phrases.at(-1) ?? "";
    if (isPrefix(all, part)) phrases.splice(0, phrases.length, part);
    else if (isPrefix(last, part)) phrases.splice(-1, 1, part);
    else if (!isPrefix(part, last) && !isPrefix(part, all)) phrases.push(part);
  }
  return phrases.join(" ").trim();
}

const isPrefix = (short, long) => normalised(long).startsWith(normalised(short));

/** Browsers change their mind about capitals, stops and "two" or "2" while a sentence grows. */
function normalised(text) {
  const words = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim().split(" ");
  return words.map((word) => DIGITS[word] ?? word).join(" ");
}
