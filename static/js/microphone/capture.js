// The microphone itself. Opened when it is wanted and not before; closed, nothing listens, and its lamp goes out.

const CONSTRAINTS = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };

export class MicrophoneCapture {
  #worklet; #context = null; #stream = null; #session = 0;
  /** @type {(samples: ArrayBuffer) => void} */
  onAudio = () => {};
  onLost = () => {};

  constructor({ worklet }) {
    this.#worklet = worklet;
  }

  static get isSupported() {
    return Boolean(globalThis.navigator?.mediaDevices?.getUserMedia && globalThis.AudioWorkletNode);
  }

  /** Whether the browser takes her voice out of what it hears; null where it was closed meanwhile. */
  async open() {
    this.close();
    const session = ++this.#session;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: CONSTRAINTS });
    if (session !== this.#session) return stop(stream);
    this.#stream = stream;
    this.#context = new AudioContext();
    const context = this.#context;
    await context.audioWorklet.addModule(this.#worklet);
    if (session !== this.#session) return null;
    const node = new AudioWorkletNode(context, "maya-mic", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    node.port.onmessage = ({ data }) => session === this.#session && this.onAudio(data);
    context.createMediaStreamSource(stream).connect(node);
    const [track] = stream.getAudioTracks();
    track.onended = () => session === this.#session && this.onLost();
    return { echoCancelled: track.getSettings().echoCancellation !== false };
  }

  close() {
    this.#session += 1;
    if (this.#stream) stop(this.#stream);
    this.#context?.close();
    this.#stream = this.#context = null;
  }
}

function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
  return null;
}
