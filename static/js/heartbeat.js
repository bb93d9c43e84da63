// A connection may be dead without saying so: it is pinged, and silence for too long is the end of it.

export class Heartbeat {
  #clock; #intervalMs; #timeoutMs; #send; #onTimeout;
  #nextTimer = null; #timeoutTimer = null;

  constructor({ clock, intervalMs, timeoutMs, send, onTimeout }) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    this.#send = send;
    this.#onTimeout = onTimeout;
  }

  start() {
    this.#clock.clearTimeout(this.#nextTimer);
    this.#nextTimer = this.#clock.setTimeout(() => {
      this.#send();
      this.expectMessage();
      this.start();
    }, this.#intervalMs);
  }

  /** Something must be received in time, else `onTimeout` is called. */
  expectMessage() {
    this.received();
    this.#timeoutTimer = this.#clock.setTimeout(this.#onTimeout, this.#timeoutMs);
  }

  received() {
    this.#clock.clearTimeout(this.#timeoutTimer);
  }

  stop() {
    this.#clock.clearTimeout(this.#nextTimer);
    this.received();
  }
}

/** How long to wait before the next try: longer each time, at least what the server asked for, and not all at once. */
export function backoff({ attempts, firstMs, maxMs, retryAfterSeconds, random }) {
  const delay = Math.min(maxMs, firstMs * 2 ** (attempts - 1));
  return Math.max(retryAfterSeconds * 1000, delay) * (0.75 + random() / 2);
}
