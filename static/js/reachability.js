// Before a page is left: does the bar answer? From a browser's own error page nothing leads back by itself.

const TIMEOUT_MS = 8_000;

/** Whether the bar itself answers at that address. */
export async function isReachable(address, { fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS } = {}) {
  try {
    const response = await fetch(address, {
      method: "HEAD",
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return response.status < 500;
  } catch {
    return false;
  }
}

/** A plain form, sent by this window once the bar answers at `address`; else `onUnreachable` is called with it. */
export class PlainForms {
  #address; #onUnreachable; #isReachable; #submitting = new WeakSet();

  constructor({ address, onUnreachable, reachable = isReachable }) {
    this.#address = address;
    this.#onUnreachable = onUnreachable;
    this.#isReachable = reachable;
  }

  async submit(event) {
    const { target: form, submitter } = event;
    if (this.#submitting.delete(form)) return; // our own press, below
    event.preventDefault();
    if (!(await this.#isReachable(this.#address()))) return this.#onUnreachable(form);
    this.#submitting.add(form);
    form.requestSubmit(submitter);
  }
}
