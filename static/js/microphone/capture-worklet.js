// The end of the microphone that the browser feeds.
import { Downsampler } from "./downsample.js";

class MicWorklet extends AudioWorkletProcessor {
  #down = new Downsampler(sampleRate, (bytes) => this.port.postMessage(bytes, [bytes]));

  process([[samples]]) {
    if (samples) this.#down.feed(samples);
    return true;
  }
}

registerProcessor("maya-mic", MicWorklet);
