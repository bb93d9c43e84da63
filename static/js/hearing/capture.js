// The microphone itself. Opened when it is wanted and not before; closed, nothing listens, and its lamp goes out.

const WISHES = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

export class Capture {
  #worklet; #context = null; #stream = null; #wanted = 0;
  onSound = () => {};
  onLost = () => {};

  constructor({ worklet }) {
    this.#worklet = worklet;
  }

  static get possible() {
    return Boolean(globalThis.navigator?.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);
  }

  /** Whether the browser takes her voice out of what it hears; null where it was closed meanwhile. */
  async open() {
    this.close();
    const turn = ++this.#wanted;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: WISHES });
    if (turn !== this.#wanted) return stop(stream);
    this.#stream = stream;
    this.#context = new AudioContext();
    const context = this.#context;
    await context.audioWorklet.addModule(this.#worklet);
    if (turn !== this.#wanted) return null;
    const node = new AudioWorkletNode(context, "maya-mic", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = ({ data }) => turn === this.#wanted && this.onSound(data);
    context.createMediaStreamSource(stream).connect(node);
    const [track] = stream.getAudioTracks();
    track.onended = () => turn === this.#wanted && this.onLost();
    return { echoCancelled: track.getSettings().echoCancellation !== false };
  }

  close() {
    this.#wanted += 1;
    if (this.#stream) stop(this.#stream);
    this.#context?.close();
    this.#stream = this.#context = null;
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
  return null;
}
