// From the microphone's rate to 16 kHz, in frames of 40 ms: each sample is the mean of what it spans.

export const RATE = 16_000;
export const FRAME = RATE * 0.04;

export class Downsampler {
  #step; #left; #sum = 0;
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #onFrame;

  /** `onFrame` is given each whole frame, as bytes that are its own. */
  constructor(rate, onFrame) {
    this.#step = rate / RATE;
    this.#left = this.#step;
    this.#onFrame = onFrame;
  }

  feed(samples) {
    for (const sample of samples) {
      if (this.#left > 1) {
        this.#sum += sample;
        this.#left -= 1;
      } else {
        this.#append((this.#sum + sample * this.#left) / this.#step);
        this.#sum = sample * (1 - this.#left);
        this.#left += this.#step - 1;
      }
    }
  }

  #append(sample) {
    this.#frame[this.#filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32_767);
    if (this.#filled < FRAME) return;
    this.#filled = 0;
    this.#onFrame(this.#frame.buffer);
    this.#frame = new Int16Array(FRAME);
  }
}
