// Maya's face. While a turn runs she thinks or mixes; what she feels comes from the server at its end.

const FACES = new Set(["neutral", "happy", "flustered", "thinking", "mixing", "upset"]);
const MIXES = new Set(["add_to_order", "change_order_line", "place_order"]);

export class Face {
  #figure; #clock; #rest; #timer = null;

  constructor({ figure, clock = globalThis }) {
    this.#figure = figure;
    this.#clock = clock;
    this.#rest = figure.dataset.emotion;
  }

  feel(emotion) {
    if (!FACES.has(emotion)) return;
    this.#rest = emotion;
    if (!this.#timer) this.#wear(emotion);
  }

  think() {
    this.#forAWhile("thinking", 4000);
  }

  /** A drink went in: the shaker comes out, whatever she feels. */
  work(tool) {
    if (MIXES.has(tool)) this.#forAWhile("mixing", 1800);
  }

  done() {
    if (this.#figure.dataset.emotion === "thinking") this.#wakeUp();
  }

  #forAWhile(emotion, milliseconds) {
    this.#clock.clearTimeout(this.#timer);
    this.#wear(emotion);
    this.#timer = this.#clock.setTimeout(() => this.#wakeUp(), milliseconds);
  }

  #wakeUp() {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#wear(this.#rest);
  }

  #wear(emotion) {
    this.#figure.dataset.emotion = emotion;
    this.#figure.dispatchEvent?.(new CustomEvent("maya:emotion", { detail: { emotion } }));
  }
}
