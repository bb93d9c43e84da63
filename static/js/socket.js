// The live stream to Maya: RTVI messages in JSON over one WebSocket that comes back when it is lost.
// A deed is kept until it is acknowledged and sent again under the same id: nothing lost, nothing doubled.
import { Pulse, backoff } from "./pulse.js";

export const SUBPROTOCOL = "rtvi.json";
const LABEL = "rtvi-ai";
const VERSION = "2.1.0";
const BEAT = 20_000;
const PATIENCE = 8_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const TRIES_UNTIL_OFFLINE = 4;

export class BarSocket {
  #open; #clock; #random; #newId; #onMessage; #onState; #onSound;
  #socket = null;
  #state = "";
  #tries = 0;
  #pulse;
  #retry = null;
  #mayRetryIn = undefined; // what the server asked for with its goodbye; null: do not come back
  #caughtUp = false;
  #wasLive = false;
  #unanswered = new Map();

  constructor({ open, clock = globalThis, random = Math.random, newId, onMessage, onState, onSound = () => {} }) {
    this.#open = open;
    this.#clock = clock;
    this.#random = random;
    this.#newId = newId;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#onSound = onSound;
    const beat = () => this.tell("ping");
    this.#pulse = new Pulse({ clock, every: BEAT, patience: PATIENCE, beat, dead: () => this.#giveUp() });
  }

  get live() {
    return this.#state === "live";
  }

  /** Whether a deed given now will be done by this stream: at once, or when it has found its way back. */
  get keeps() {
    if (this.live) return true;
    if (!this.#wasLive || this.#state === "over") return false;
    return this.#state === "reconnecting" || this.#unanswered.size > 0;
  }

  get unanswered() {
    return [...this.#unanswered.keys()];
  }

  connect() {
    if (this.#socket) return;
    this.#clock.clearTimeout(this.#retry);
    this.#show(this.#tries ? this.#sadState() : "connecting");
    this.#caughtUp = false;
    this.#mayRetryIn = undefined;
    const socket = this.#open();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#greet();
    socket.onmessage = (event) => this.#hear(event.data);
    socket.onclose = () => this.#lost(socket);
    this.#pulse.expect();
  }

  /** Say something. Kept and said again after a reconnect until the bar has heard it. */
  say(text, id) {
    this.#deed("send-text", { content: text, options: { run_immediately: true, audio_response: true } }, id);
  }

  /** Press a button of the page. */
  press(t, d = {}, id = this.#newId()) {
    this.#deed("client-message", { t, d }, id);
    return id;
  }

  /** Not worth repeating: what is told once or not at all. */
  tell(t, d = {}) {
    if (this.live) this.#send("client-message", { t, d }, this.#newId());
  }

  /** Sound is for now: what cannot be sent is lost. */
  sound(bytes) {
    if (this.live) this.#socket.send(bytes);
  }

  #deed(type, data, id) {
    this.#unanswered.set(id, { type, data });
    if (this.live) this.#send(type, data, id);
  }

  #send(type, data, id) {
    this.#socket.send(JSON.stringify({ label: LABEL, type, id, data }));
  }

  #greet() {
    this.#send("client-ready", { version: VERSION, about: { library: "maya-page" } }, this.#newId());
  }

  #hear(text) {
    this.#pulse.heard();
    if (typeof text !== "string") return this.#onSound(text);
    if (!this.#caughtUp) this.#pulse.expect();
    const message = JSON.parse(text);
    if (message.label !== LABEL) return;
    this.#acknowledge(message);
    if (message.type === "server-message" && message.data.kind === "bye") this.#mayRetryIn = message.data.retry_after;
    this.#onMessage(message);
    if (message.type === "server-message" && message.data.kind === "history") this.#catchUp(message.data.turns);
  }

  #acknowledge({ type, id }) {
    if (["user-llm-text", "bot-llm-started", "server-response", "error-response"].includes(type)) this.#unanswered.delete(id);
  }

  /** The conversation is as the server has it: what it has not heard is sent again, in order. */
  #catchUp(turns) {
    for (const turn of turns) this.#unanswered.delete(turn.id);
    if (this.#caughtUp) return;
    this.#caughtUp = this.#wasLive = true;
    this.#tries = 0;
    this.#pulse.heard();
    this.#show("live");
    this.#pulse.keepBeating();
    for (const [id, { type, data }] of this.#unanswered) this.#send(type, data, id);
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
    if (this.#mayRetryIn === null) return this.#show("over");
    this.#tries += 1;
    this.#show(this.#sadState());
    this.#retry = this.#clock.setTimeout(() => this.connect(), this.#wait());
  }

  #wait() {
    const waits = { first: FIRST_WAIT, longest: LONGEST_WAIT, asked: this.#mayRetryIn ?? 0, random: this.#random };
    return backoff({ tries: this.#tries, ...waits });
  }

  #sadState() {
    return this.#tries >= TRIES_UNTIL_OFFLINE ? "offline" : "reconnecting";
  }

  #show(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
