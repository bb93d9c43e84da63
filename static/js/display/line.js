// The display's live line: it hears, and comes back when it is lost. A line may be dead without saying so.

const BEAT = 15_000;
const PATIENCE = 6_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export class Line {
  #open; #clock; #random; #hear; #state; #onState;
  #socket = null;
  #tries = 0;
  #beat = null;
  #verdict = null;
  #comesBackIn = 0; // null: not at all

  constructor({ open, hear, onState, clock = globalThis, random = Math.random }) {
    this.#open = open;
    this.#hear = hear;
    this.#onState = onState;
    this.#clock = clock;
    this.#random = random;
  }

  get live() {
    return this.#state === "live";
  }

  connect() {
    if (this.#socket || this.#comesBackIn === null) return;
    const socket = this.#open();
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(data));
    socket.onclose = () => this.#lost(socket);
    this.#expectWithin(PATIENCE);
  }

  #heard(message) {
    this.#clock.clearTimeout(this.#verdict);
    this.#comesBackIn = 0;
    if (message.kind === "bye") {
      this.#comesBackIn = message.retry_after;
    } else if (!this.live) {
      this.#tries = 0;
      this.#show("live");
      this.#keepBeating();
    }
    this.#hear(message);
  }

  #keepBeating() {
    this.#clock.clearTimeout(this.#beat);
    this.#beat = this.#clock.setTimeout(() => {
      this.#socket?.send("ping");
      this.#expectWithin(PATIENCE);
      this.#keepBeating();
    }, BEAT);
  }

  #expectWithin(milliseconds) {
    this.#clock.clearTimeout(this.#verdict);
    const socket = this.#socket;
    this.#verdict = this.#clock.setTimeout(() => {
      socket.close();
      this.#lost(socket);
    }, milliseconds);
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#clock.clearTimeout(this.#beat);
    this.#clock.clearTimeout(this.#verdict);
    this.#show("lost");
    if (this.#comesBackIn === null) return;
    this.#tries += 1;
    const backoff = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#tries - 1));
    const wait = Math.max(this.#comesBackIn * 1000, backoff) * (0.75 + this.#random() / 2);
    this.#clock.setTimeout(() => this.connect(), wait);
  }

  #show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
