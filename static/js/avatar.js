// Maya's figure. While a turn runs she thinks or mixes; her emotion comes from the server at its end.

const EMOTIONS = new Set(["neutral", "happy", "flustered", "thinking", "mixing", "upset"]);
const MIXING_TOOLS = new Set(["add_to_order", "change_order_line", "place_order"]);

export class Avatar {
  #figure; #clock; #restingEmotion; #timer = null;

  constructor({ figure, clock = globalThis }) {
    this.#figure = figure;
    this.#clock = clock;
    this.#restingEmotion = figure.dataset.emotion;
  }

  setEmotion(emotion) {
    if (!EMOTIONS.has(emotion)) return;
    this.#restingEmotion = emotion;
    if (!this.#timer) this.#show(emotion);
  }

  turnStarted() {
    this.#showFor("thinking", 4000);
  }

  /** A drink went in: the shaker comes out, whatever her emotion. */
  toolStarted(tool) {
    if (MIXING_TOOLS.has(tool)) this.#showFor("mixing", 1800);
  }

  turnEnded() {
    if (this.#figure.dataset.emotion === "thinking") this.#showResting();
  }

  #showFor(emotion, milliseconds) {
    this.#clock.clearTimeout(this.#timer);
    this.#show(emotion);
    this.#timer = this.#clock.setTimeout(() => this.#showResting(), milliseconds);
  }

  #showResting() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#show(this.#restingEmotion);
  }

  #show(emotion) {
    this.#figure.dataset.emotion = emotion;
    this.#figure.dispatchEvent?.(new CustomEvent("maya:emotion", { detail: { emotion } }));
  }
}
