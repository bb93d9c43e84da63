// The display's live line: it receives, and comes back when it is lost.
import { Changes, changedFragments } from "../changes.js";
import { Heartbeat, backoff } from "../heartbeat.js";

const HEARTBEAT_MS = 15_000;
const TIMEOUT_MS = 6_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 10_000;

export class DisplayStream {
  #open; #clock; #random; #onMessage; #state; #onState;
  #socket = null;
  #attempts = 0;
  #heartbeat;
  #retryAfter = 0; // null: not at all
  #changes = new Changes();

  constructor({ open, onMessage, onState, clock = globalThis, random = Math.random }) {
    this.#open = open;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#clock = clock;
    this.#random = random;
    const ping = () => this.#socket?.send("ping");
    this.#heartbeat = new Heartbeat({
      clock,
      intervalMs: HEARTBEAT_MS,
      timeoutMs: TIMEOUT_MS,
      send: ping,
      onTimeout: () => this.#abandon(),
    });
  }

  get live() {
    return this.#state === "live";
  }

  connect() {
    if (this.#socket || this.#retryAfter === null) return;
    const socket = this.#open();
    this.#changes.forget();
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = () => this.#handleClose(socket);
    this.#heartbeat.expectMessage();
  }

  #receive(message) {
    this.#heartbeat.received();
    this.#retryAfter = 0;
    if (message.kind === "bye") {
      this.#retryAfter = message.retry_after;
    } else if (!this.live) {
      this.#attempts = 0;
      this.#setState("live");
      this.#heartbeat.start();
    }
    if (message.revision === undefined) return this.#onMessage(message);
    const read = this.#changes.read(message);
    if (!read) return this.#abandon(); // connecting anew brings the whole
    this.#onMessage({ kind: message.kind, now: message.now, fragments: changedFragments(read) });
  }

  #abandon() {
    const socket = this.#socket;
    socket.close();
    this.#handleClose(socket);
  }

  #handleClose(socket) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#heartbeat.stop();
    this.#setState("lost");
    if (this.#retryAfter === null) return;
    this.#attempts += 1;
    const limits = {
      firstMs: FIRST_RETRY_MS,
      maxMs: MAX_RETRY_MS,
      retryAfterSeconds: this.#retryAfter,
      random: this.#random,
    };
    this.#clock.setTimeout(() => this.connect(), backoff({ attempts: this.#attempts, ...limits }));
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
