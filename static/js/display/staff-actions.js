// What staff press: sent at once, without leaving the page. What did not reach the bar is said where it was pressed,
// and nothing is kept to be sent later: it is pressed again.

export const UNREACHED = "This did not reach the bar. Please press again: it counts once.";
const TIMEOUT_MS = 8_000;
const UNAVAILABLE_STATUSES = new Set([502, 503, 504]);
const STATUS_MESSAGES = {
  401: "You are logged out. Log in again, then press once more.",
  403: "The bar refused this. If you may do it, this page is old: reload it.",
};

/** At the button's ticket, row or panel; "" takes the words away. A row that was rendered meanwhile is found again. */
export function showFailure(button, text, key) {
  const row = button.isConnected
    ? button.closest("li, form, .panel")
    : document.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);
  row?.querySelector(":scope > .unreached")?.remove();
  if (!text || !row) return;
  const banner = document.createElement(row.tagName === "UL" ? "li" : "p");
  banner.className = "banner unreached";
  banner.textContent = text;
  row.append(banner);
}

export class StaffActions {
  #showNotice; #navigate; #accept; #onDone; #showFailure; #fetch;

  /** `accept` is given the form and what is to be sent, which it may change, and says whether the press counts.
   *  `onDone` is called with both when the bar has done it and the page stays. */
  constructor({
    showNotice,
    navigate,
    accept = /** @type {(form: HTMLFormElement, body: FormData) => boolean} */ (() => true),
    onDone = /** @type {(form: HTMLFormElement, body: FormData) => void} */ (() => {}),
    markFailure = showFailure,
    fetch = globalThis.fetch.bind(globalThis),
  }) {
    this.#showNotice = showNotice;
    this.#navigate = navigate;
    this.#accept = accept;
    this.#onDone = onDone;
    this.#showFailure = markFailure;
    this.#fetch = fetch;
  }

  async press(button, form) {
    if (button.disabled) return;
    const body = new FormData(form);
    if (button.name) body.set(button.name, button.value);
    if (!this.#accept(form, body)) return;
    const row = button.closest("[data-key]");
    const busy = row ?? button;
    busy.dataset.busy = "";
    button.disabled = true;
    this.#showFailure(button, "", row?.dataset.key);
    const failure = await this.#send(button.getAttribute("formaction") ?? form.action, body, form);
    delete busy.dataset.busy;
    button.disabled = false;
    if (!failure) return;
    this.#showFailure(button, failure, row?.dataset.key);
    this.#showNotice(failure, "warning");
  }

  /** "", or why the bar did not get it. A refusal that the bar put into words is shown, and that is all. */
  async #send(address, body, form) {
    let response, result;
    try {
      response = await this.#fetch(address, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      result = response.headers.get("content-type")?.includes("json") ? await response.json() : null;
    } catch {
      return UNREACHED;
    }
    if (response.status in STATUS_MESSAGES) return STATUS_MESSAGES[response.status];
    if (UNAVAILABLE_STATUSES.has(response.status)) return UNREACHED;
    if (!result) return "The bar could not do this. Please press again.";
    if (result.next_url) this.#navigate(result.next_url, result.message);
    else {
      if (result.message) this.#showNotice(result.message, response.ok ? "" : "warning");
      if (response.ok) this.#onDone(form, body);
    }
    return "";
  }
}
