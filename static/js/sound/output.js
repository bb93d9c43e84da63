// The way to the loudspeaker. A browser opens it after the guest's first gesture only; until then sound waits.

const MAX_WAITING = 30; // messages that wait while it opens: old sound is of no use to anybody

export class AudioOutput {
  #worklet;
  #rate;
  #makeContext;
  #context = null;
  #node = null;
  #gain = null;
  #queued = [];
  /** @type {(progress: object) => void} */
  onProgress = () => {};
  /** @type {(open: boolean) => void} */
  onState = () => {};

  constructor({
    worklet,
    rate,
    makeContext = (sampleRate) => new AudioContext({ sampleRate, latencyHint: "interactive" }),
  }) {
    this.#worklet = worklet;
    this.#rate = rate;
    this.#makeContext = makeContext;
  }

  get open() {
    return this.#node !== null && this.#context.state === "running";
  }

  get context() {
    return this.#context;
  }

  /** Before the end, so that whoever listens at it hears what the guest hears. */
  get end() {
    return this.#gain;
  }

  async unlock() {
    try {
      if (!this.#context) await this.#build();
      if (this.#context.state !== "running") await this.#context.resume();
    } catch {
      this.#context = this.#node = null; // no sound card, or no gesture yet: asked again with the next
    }
    this.onState(this.open);
    return this.open;
  }

  async #build() {
    this.#context = this.#makeContext(this.#rate);
    this.#context.onstatechange = () => this.onState(this.open);
    await this.#context.audioWorklet.addModule(this.#worklet);
    this.#gain = this.#context.createGain();
    this.#gain.gain.value = this.#volume;
    this.#gain.connect(this.#context.destination);
    this.#node = new AudioWorkletNode(this.#context, "maya-player", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => this.onProgress(data);
    this.#node.connect(this.#gain);
    for (const [message, transfer] of this.#queued.splice(0)) this.#node.port.postMessage(message, transfer);
  }

  #volume = 1;
  set volume(level) {
    this.#volume = level;
    // Not at once: a step in loudness is a click.
    if (this.#gain) this.#gain.gain.setTargetAtTime(level, this.#context.currentTime, 0.015);
  }

  post(message, transfer = []) {
    if (this.#node) return this.#node.port.postMessage(message, transfer);
    if (message.drop) this.#queued = [];
    else if (this.#queued.length < MAX_WAITING) this.#queued.push([message, transfer]);
  }
}
