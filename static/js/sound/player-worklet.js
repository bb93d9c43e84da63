// The end of the queue that the sound card asks. It tells how far it is, and how loud, every fiftieth of a second.
import { RATE, samplesOf, SampleQueue } from "./queue.js";

const TELL_EVERY = 4; // blocks of 128 samples

class PlayerWorklet extends AudioWorkletProcessor {
  #queue = new SampleQueue();
  #blocks = 0;
  #level = 0;
  #quiet = true;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#hear(data);
  }

  #hear({ turn, sound, end, drop, hold }) {
    if (sound) this.#queue.push(turn, samplesOf(sound));
    if (end) this.#queue.end(turn);
    if (drop) this.#queue.drop();
    if (hold !== undefined) this.#queue.hold(hold);
  }

  process(_inputs, [[out]]) {
    const { level, done } = this.#queue.read(out);
    this.#level = Math.max(this.#level, level);
    for (const reply of done) this.port.postMessage({ turn: reply.turn, ms: (reply.heard / RATE) * 1000, level: 0, done: true });
    this.#blocks += 1;
    if (this.#blocks % TELL_EVERY === 0) this.#tell();
    return true;
  }

  #tell() {
    const { now } = this.#queue;
    if (!now && this.#quiet) return;
    this.#quiet = !now;
    const ms = now ? (now.heard / RATE) * 1000 : 0;
    this.port.postMessage({ turn: now?.turn ?? "", ms, level: this.#level, waiting: now ? (now.waiting / RATE) * 1000 : 0 });
    this.#level = 0;
  }
}

registerProcessor("maya-player", PlayerWorklet);
