// The live stream to Maya: RTVI messages in JSON over one WebSocket that comes back when it is lost.
// What a guest does is kept until it is acknowledged and sent again under the same id: nothing lost, nothing doubled.
import { Changes, changedFragments } from "./changes.js";
import { Heartbeat, backoff } from "./heartbeat.js";

export const SUBPROTOCOL = "rtvi.json";
const LABEL = "rtvi-ai";
const VERSION = "2.1.0";
const HEARTBEAT_MS = 20_000;
const TIMEOUT_MS = 8_000;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 15_000;
const ATTEMPTS_UNTIL_OFFLINE = 4;

export class GuestStream {
  #open;
  #clock;
  #random;
  #newId;
  #onMessage;
  #onState;
  #onAudio;
  #socket = null;
  #state = "";
  #attempts = 0;
  #heartbeat;
  #retry = null;
  #retryAfter = undefined; // what the server asked for with its goodbye; null: do not come back
  #isSynced = false;
  #wasLive = false;
  #unacknowledged = new Map();
  #changes = new Changes();

  constructor({
    open,
    clock = globalThis,
    random = Math.random,
    newId,
    onMessage,
    onState,
    onAudio = /** @type {(bytes: ArrayBuffer) => void} */ (() => {}),
  }) {
    this.#open = open;
    this.#clock = clock;
    this.#random = random;
    this.#newId = newId;
    this.#onMessage = onMessage;
    this.#onState = onState;
    this.#onAudio = onAudio;
    const ping = () => this.sendOnce("ping");
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

  /** Whether what is sent now will arrive by this stream: at once, or when it has found its way back. */
  get accepts() {
    if (this.live) return true;
    if (!this.#wasLive || this.#state === "over") return false;
    return this.#state === "reconnecting" || this.#unacknowledged.size > 0;
  }

  get unacknowledged() {
    return [...this.#unacknowledged.keys()];
  }

  /** What the bar has not got is not sent any more. Returns its ids. */
  withdraw() {
    const ids = this.unacknowledged;
    this.#unacknowledged.clear();
    return ids;
  }

  connect() {
    if (this.#socket) return;
    this.#clock.clearTimeout(this.#retry);
    this.#setState(this.#attempts ? this.#disconnectedState() : "connecting");
    this.#isSynced = false;
    this.#retryAfter = undefined;
    this.#changes.forget();
    const socket = this.#open();
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#sendClientReady();
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#handleClose(socket);
    this.#heartbeat.expectMessage();
  }

  /** Say something. Kept and sent again after a reconnect until the bar has it. */
  sendText(text, id) {
    this.#sendReliably("send-text", { content: text, options: { run_immediately: true, audio_response: true } }, id);
  }

  /** Press a button of the page. */
  sendAction(t, d = {}, id = this.#newId()) {
    this.#sendReliably("client-message", { t, d }, id);
    return id;
  }

  /** Not worth repeating: sent once or not at all. */
  sendOnce(t, d = {}) {
    if (this.live) this.#send("client-message", { t, d }, this.#newId());
  }

  /** Sound is for now: what cannot be sent is lost. */
  sendAudio(bytes) {
    if (this.live) this.#socket.send(bytes);
  }

  #sendReliably(type, data, id) {
    this.#unacknowledged.set(id, { type, data });
    if (this.live) this.#send(type, data, id);
  }

  #send(type, data, id) {
    this.#socket.send(JSON.stringify({ label: LABEL, type, id, data }));
  }

  #sendClientReady() {
    const shows = { fragments: true, changes: true };
    this.#send("client-ready", { version: VERSION, about: { library: "maya-page" }, ...shows }, this.#newId());
  }

  #receive(text) {
    this.#heartbeat.received();
    if (typeof text !== "string") return this.#onAudio(text);
    if (!this.#isSynced) this.#heartbeat.expectMessage();
    const message = JSON.parse(text);
    if (message.label !== LABEL) return;
    this.#acknowledge(message);
    if (message.type === "server-message" && message.data.kind === "bye") this.#retryAfter = message.data.retry_after;
    if (message.type === "server-message" && !this.#complete(message)) return this.#abandon();
    this.#onMessage(message);
    if (message.type === "server-message" && message.data.kind === "history") this.#sync(message.data.turns);
  }

  /** Puts what changed together with what came before. False where that is missing: connecting anew brings it. */
  #complete(message) {
    const { kind, revision, now } = message.data;
    if (revision === undefined) return true;
    const read = this.#changes.read(message.data);
    if (!read) return false;
    message.data = kind === "fragments" ? { kind, fragments: changedFragments(read), now } : { kind, ...read.content };
    return true;
  }

  #acknowledge({ type, id }) {
    if (["user-llm-text", "bot-llm-started", "server-response", "error-response"].includes(type))
      this.#unacknowledged.delete(id);
  }

  /** The conversation is as the server has it: what it has not got is sent again, in order. */
  #sync(turns) {
    for (const turn of turns) this.#unacknowledged.delete(turn.id);
    if (this.#isSynced) return;
    this.#isSynced = this.#wasLive = true;
    this.#attempts = 0;
    this.#heartbeat.received();
    this.#setState("live");
    this.#heartbeat.start();
    for (const [id, { type, data }] of this.#unacknowledged) this.#send(type, data, id);
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
    if (this.#retryAfter === null) return this.#setState("over");
    this.#attempts += 1;
    this.#setState(this.#disconnectedState());
    this.#retry = this.#clock.setTimeout(() => this.connect(), this.#retryDelay());
  }

  #retryDelay() {
    const limits = {
      firstMs: FIRST_RETRY_MS,
      maxMs: MAX_RETRY_MS,
      retryAfterSeconds: this.#retryAfter ?? 0,
      random: this.#random,
    };
    return backoff({ attempts: this.#attempts, ...limits });
  }

  #disconnectedState() {
    return this.#attempts >= ATTEMPTS_UNTIL_OFFLINE ? "offline" : "reconnecting";
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
