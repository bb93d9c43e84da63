// What Maya says, as sound: binary frames between bot-tts-started and -stopped belong to that reply.
// The server is told how much was really heard, so that it sends no further ahead and knows where she was stopped.

const REPORT_EVERY = 250;
const OUT_BY_ITSELF = 400; // ms: the rest of a reply that ended; more than that means that she was stopped

export class Player {
  #output; #tell; #clock; #onHeard; #onQuiet;
  #turn = ""; // whose sound arrives
  #playing = ""; // whose is heard
  #waiting = 0;
  #reported = 0;
  #heard = 0; // ms of what plays

  /** `output` takes { turn, sound | end | drop | hold } and tells how far it is. */
  constructor({ output, tell, clock = performance, onHeard = () => {}, onQuiet = () => {} }) {
    this.#output = output;
    this.#tell = tell;
    this.#clock = clock;
    this.#onHeard = onHeard;
    this.#onQuiet = onQuiet;
    output.onTold = (told) => this.#told(told);
  }

  get speaking() {
    return this.#turn !== "" || this.#playing !== "";
  }

  started(turn) {
    this.#turn = turn;
  }

  sound(bytes) {
    if (!this.#turn) return; // it was stopped: what was still on its way is not hers any more
    this.#waiting += bytes.byteLength / 48;
    this.#output.post({ turn: this.#turn, sound: bytes }, [bytes]);
  }

  /** All of a reply is here. `heard` says that she was stopped in it. */
  stopped(turn, { heard } = {}) {
    if (heard !== undefined) return this.drop();
    if (turn === this.#turn) this.#turn = "";
    this.#output.post({ turn, end: true });
  }

  /** The server thinks that the guest has heard it. Where much is left, it was cut off. */
  over(turn) {
    if (turn === this.#playing && this.#waiting > OUT_BY_ITSELF) this.drop();
  }

  /** The guest wants silence: the bar hears first how far she was heard. */
  stop() {
    if (this.#playing) this.#report(this.#playing, this.#heard);
    this.drop();
  }

  drop() {
    this.#turn = "";
    this.#output.post({ drop: true });
  }

  hold(on) {
    this.#output.post({ hold: on });
  }

  #told({ turn, ms, level, waiting = 0, done = false }) {
    this.#waiting = waiting;
    if (!turn) return this.#quiet();
    if (turn !== this.#playing) this.#reported = -Infinity;
    this.#playing = turn;
    this.#heard = ms;
    this.#onHeard({ turn, ms, level });
    if (done || this.#clock.now() - this.#reported >= REPORT_EVERY) this.#report(turn, ms);
    if (done) this.#quiet();
  }

  #report(turn, ms) {
    this.#reported = this.#clock.now();
    this.#tell("played", { turn, ms: Math.round(ms) });
  }

  #quiet() {
    if (!this.#playing) return;
    this.#playing = "";
    this.#onQuiet();
  }
}
