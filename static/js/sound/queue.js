// The sound that waits to be heard: replies one behind the other, each faded in and out, never a gap within one.
// Runs on the sound card's thread: no allocation per block but for what arrives.

export const RATE = 24_000;
const FADE = RATE * 0.006;
const FIRST_BUFFER = RATE * 0.08; // what is gathered before a reply begins
const MAX_BUFFER = RATE * 0.4; // what is gathered at most, on a line that stutters

export class SampleQueue {
  #replies = []; // { turn, blocks, offset, waiting, ended, heard }
  #gain = 0;
  #isBuffering = true;
  #bufferSamples = FIRST_BUFFER;
  #isPaused = false;
  #tail = new Float32Array(FADE);
  #tailAt = FADE; // how much of the tail was played

  push(turn, samples) {
    let reply = this.#replies.find((one) => one.turn === turn && !one.ended);
    if (!reply) this.#replies.push((reply = { turn, blocks: [], offset: 0, waiting: 0, ended: false, played: 0 }));
    reply.blocks.push(samples);
    reply.waiting += samples.length;
  }

  /** No more will come for this reply; what is here is played out. */
  end(turn) {
    for (const reply of this.#replies) if (reply.turn === turn) reply.ended = true;
  }

  /** Forgotten at once, but for a tail of a few milliseconds: a cut is a click. */
  drop() {
    const [reply] = this.#replies;
    this.#tailAt = 0;
    for (let at = 0; at < FADE; at += 1) {
      this.#tail[at] = this.#gain > 0 && reply?.waiting ? this.#take(reply) * this.#gain * (1 - at / FADE) : 0;
    }
    this.#replies = [];
    this.#isBuffering = true;
    this.#gain = 0;
  }

  /** Pause without losing anything: somebody may be about to speak. */
  pause(on) {
    this.#isPaused = on;
  }

  get current() {
    const [reply] = this.#replies;
    return reply ? { turn: reply.turn, played: reply.played, waiting: reply.waiting, ended: reply.ended } : null;
  }

  get isBuffering() {
    return this.#isBuffering;
  }

  /** Fill one block. Returns how loud it was, and the replies that ended with it. */
  read(out) {
    const done = [];
    let power = 0;
    for (let at = 0; at < out.length; at += 1) {
      out[at] = this.#next(done) + (this.#tailAt < FADE ? this.#tail[this.#tailAt++] : 0);
      power += out[at] * out[at];
    }
    return { level: Math.sqrt(power / out.length), done };
  }

  #next(done) {
    const reply = this.#current(done);
    const playing = reply !== undefined && !this.#isPaused && !this.#isBuffering;
    const louder = playing && reply.waiting > FADE; // fade before the last sample, not after it
    this.#gain = Math.min(1, Math.max(0, this.#gain + (louder ? 1 : -1) / FADE));
    if (!reply?.waiting || (this.#gain === 0 && !playing)) return 0;
    return this.#take(reply) * this.#gain;
  }

  /** The reply whose turn it is, once enough of it is here. */
  #current(done) {
    let [reply] = this.#replies;
    while (reply?.ended && reply.waiting === 0) {
      done.push(this.#replies.shift());
      this.#isBuffering = true;
      this.#gain = 0;
      [reply] = this.#replies;
    }
    if (!reply) return undefined;
    if (this.#isBuffering) this.#isBuffering = !reply.ended && reply.waiting < this.#bufferSamples;
    else if (reply.waiting === 0) this.#handleUnderrun();
    return reply;
  }

  /** The line was slower than the voice: gather more this time. */
  #handleUnderrun() {
    this.#isBuffering = true;
    this.#bufferSamples = Math.min(MAX_BUFFER, this.#bufferSamples * 1.5);
  }

  #take(reply) {
    const [block] = reply.blocks;
    const sample = block[reply.offset];
    reply.offset += 1;
    reply.waiting -= 1;
    reply.played += 1;
    if (reply.offset === block.length) {
      reply.blocks.shift();
      reply.offset = 0;
    }
    return sample;
  }

}

/** Signed 16-bit little-endian to what the sound card takes. */
export function samplesOf(bytes) {
  const view = new DataView(bytes);
  return Float32Array.from({ length: bytes.byteLength >> 1 }, (_, at) => view.getInt16(at * 2, true) / 32_768);
}
