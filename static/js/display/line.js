// The display's live line: it hears, and comes back when it is lost.
import { Pulse, backoff } from "../pulse.js";

const BEAT = 15_000;
const PATIENCE = 6_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

export class Line {
  #open; #clock; #random; #hear; #state; #onState;
  #socket = null;
  #tries = 0;
  #pulse;
  #comesBackIn = 0; // null: not at all

  constructor({ open, hear, onState, clock = globalThis, random = Math.random }) {
    this.#open = open;
    this.#hear = hear;
    this.#onState = onState;
    this.#clock = clock;
    this.#random = random;
    const beat = () => this.#socket?.send("ping");
    this.#pulse = new Pulse({ clock, every: BEAT, patience: PATIENCE, beat, dead: () => this.#giveUp() });
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
    this.#pulse.expect();
  }

  #heard(message) {
    this.#pulse.heard();
    this.#comesBackIn = 0;
    if (message.kind === "bye") {
      this.#comesBackIn = message.retry_after;
    } else if (!this.live) {
      this.#tries = 0;
      this.#show("live");
      this.#pulse.keepBeating();
    }
    this.#hear(message);
  }

  #giveUp() {
    const socket = this.#socket;
    socket.close();
    this.#lost(socket);
  }

  #lost(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#pulse.stop();
    this.#show("lost");
    if (this.#comesBackIn === null) return;
    this.#tries += 1;
    const waits = { first: FIRST_WAIT, longest: LONGEST_WAIT, asked: this.#comesBackIn, random: this.#random };
    this.#clock.setTimeout(() => this.connect(), backoff({ tries: this.#tries, ...waits }));
  }

  #show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
