// The end of the queue that the sound card asks. It reports how far it is, and how loud, every fiftieth of a second.
import { RATE, samplesOf, SampleQueue } from "./queue.js";

const REPORT_EVERY_BLOCKS = 4; // blocks of 128 samples

class PlayerWorklet extends AudioWorkletProcessor {
  #queue = new SampleQueue();
  #blocks = 0;
  #level = 0;
  #isSilent = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#receive(data);
  }

  #receive({ turn, sound, end, drop, hold }) {
    if (sound) this.#queue.push(turn, samplesOf(sound));
    if (end) this.#queue.end(turn);
    if (drop) this.#queue.drop();
    if (hold !== undefined) this.#queue.pause(hold);
  }

  process(_inputs, [[out]]) {
    const { level, done } = this.#queue.read(out);
    this.#level = Math.max(this.#level, level);
    for (const reply of done)
      this.port.postMessage({ turn: reply.turn, ms: (reply.played / RATE) * 1000, level: 0, done: true });
    this.#blocks += 1;
    if (this.#blocks % REPORT_EVERY_BLOCKS === 0) this.#report();
    return true;
  }

  #report() {
    const { current } = this.#queue;
    if (!current && this.#isSilent) return;
    this.#isSilent = !current;
    const ms = current ? (current.played / RATE) * 1000 : 0;
    this.port.postMessage({
      turn: current?.turn ?? "",
      ms,
      level: this.#level,
      waiting: current ? (current.waiting / RATE) * 1000 : 0,
    });
    this.#level = 0;
  }
}

registerProcessor("maya-player", PlayerWorklet);
