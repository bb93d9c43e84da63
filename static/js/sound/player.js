// What Maya says, as sound: binary frames between bot-tts-started and -stopped belong to that reply.
// The server is told how much was really heard, so that it sends no further ahead and knows where she was stopped.

const REPORT_INTERVAL_MS = 250;
const TAIL_MS = 400; // the rest of a reply that ended; more than that means that she was stopped

export class Player {
  #output;
  #send;
  #clock;
  #onProgress;
  #onSilence;
  #arrivingTurn = ""; // whose sound arrives
  #playingTurn = ""; // whose is heard
  #waitingMs = 0;
  #reported = 0;
  #playedMs = 0; // ms of what plays

  /** `output` takes { turn, sound | end | drop | hold } and reports how far it is. */
  constructor({
    output,
    send,
    clock = performance,
    onProgress = /** @type {(progress: object) => void} */ (() => {}),
    onSilence = () => {},
  }) {
    this.#output = output;
    this.#send = send;
    this.#clock = clock;
    this.#onProgress = onProgress;
    this.#onSilence = onSilence;
    output.onProgress = (progress) => this.#handleProgress(progress);
  }

  get speaking() {
    return this.#arrivingTurn !== "" || this.#playingTurn !== "";
  }

  started(turn) {
    this.#arrivingTurn = turn;
  }

  addAudio(bytes) {
    if (!this.#arrivingTurn) return; // it was stopped: what was still on its way is not hers any more
    this.#waitingMs += bytes.byteLength / 48;
    this.#output.post({ turn: this.#arrivingTurn, sound: bytes }, [bytes]);
  }

  /**
   * All of a reply is here. `spoken_text` says that she was stopped in it.
   * @param {string} turn
   * @param {{ spoken_text?: string }} [end]
   */
  stopped(turn, { spoken_text: spokenText } = {}) {
    if (spokenText !== undefined) return this.drop();
    if (turn === this.#arrivingTurn) this.#arrivingTurn = "";
    this.#output.post({ turn, end: true });
  }

  /** The server thinks that the guest has heard it. Where much is left, it was cut off. */
  finished(turn) {
    if (turn === this.#playingTurn && this.#waitingMs > TAIL_MS) this.drop();
  }

  /** The guest wants silence: the bar hears first how far she was heard. */
  stop() {
    if (this.#playingTurn) this.#report(this.#playingTurn, this.#playedMs);
    this.drop();
  }

  drop() {
    this.#arrivingTurn = "";
    this.#output.post({ drop: true });
  }

  hold(on) {
    this.#output.post({ hold: on });
  }

  #handleProgress({ turn, ms, level, waiting = 0, done = false }) {
    this.#waitingMs = waiting;
    if (!turn) return this.#endPlayback();
    if (turn !== this.#playingTurn) this.#reported = -Infinity;
    this.#playingTurn = turn;
    this.#playedMs = ms;
    this.#onProgress({ turn, ms, level });
    if (done || this.#clock.now() - this.#reported >= REPORT_INTERVAL_MS) this.#report(turn, ms);
    if (done) this.#endPlayback();
  }

  #report(turn, ms) {
    this.#reported = this.#clock.now();
    this.#send("played", { turn, ms: Math.round(ms) });
  }

  #endPlayback() {
    if (!this.#playingTurn) return;
    this.#playingTurn = "";
    this.#onSilence();
  }
}
