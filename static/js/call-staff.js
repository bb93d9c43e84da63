// The button that calls a person. It sends its own form and reads the page that comes back; without a script, or
// where that fails, the form goes its plain way. How the call stands comes with that page, and live where there is a
// stream.
import { newId } from "./ids.js";

const TIMEOUT_MS = 10_000;

export class CallButton {
  #place; #showRefusal; #fetch; #parse; #newId; #isSending = false;

  /** `showRefusal` is given the sentence of a refusal. */
  constructor({ place, showRefusal, fetch = globalThis.fetch.bind(globalThis), parse = asPage, makeId = newId }) {
    this.#place = place;
    this.#showRefusal = showRefusal;
    this.#fetch = fetch;
    this.#parse = parse;
    this.#newId = makeId;
    place.dataset.live = "";
    place.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
  }

  get isWaiting() {
    return this.#place.dataset.state === "called";
  }

  /** `state`: "", "called" or "answered"; `says`: what the guest reads of it. */
  show({ state, says }) {
    this.#place.dataset.state = state;
    const button = this.#place.querySelector("button");
    button.textContent = state ? button.dataset.again : button.dataset.first;
    const line = this.#place.querySelector("[data-call-says]");
    if (line.textContent !== says) line.textContent = says;
  }

  async send() {
    if (this.#isSending) return;
    this.#isSending = true;
    const form = this.#place.querySelector("form");
    const id = form.elements.namedItem("id");
    try {
      await this.#read(
        await this.#fetch(form.action, {
          method: "POST",
          body: new FormData(form),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        }),
      );
      id.value = this.#newId(); // only now: until the bar has heard it, another press is the same call
    } catch {
      form.submit();
    } finally {
      this.#isSending = false;
    }
  }

  /** Looks at a page that shows how the call stands. */
  async refresh(address) {
    await this.#read(await this.#fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) }));
  }

  async #read(response) {
    const page = response.ok ? this.#parse(await response.text()) : null;
    const called = page?.querySelector("[data-call]");
    if (!called) throw new Error("no page came back");
    this.show({ state: called.dataset.state, says: called.querySelector("[data-call-says]").textContent });
    const refusal = page.querySelector(".notice.warning");
    if (refusal) this.#showRefusal(refusal.textContent);
  }
}

function asPage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}
