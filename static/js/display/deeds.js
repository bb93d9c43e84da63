// What staff press: sent at once, without leaving the page. Without a live line the form goes its plain way.

export class Deeds {
  #form; #say; #go; #fetch;

  constructor({ form, say, go, fetch = globalThis.fetch.bind(globalThis) }) {
    this.#form = form;
    this.#say = say;
    this.#go = go;
    this.#fetch = fetch;
  }

  async press(button) {
    if (button.disabled) return;
    const body = new FormData(this.#form);
    if (button.name) body.set(button.name, button.value);
    const busy = button.closest("[data-key]") ?? button;
    busy.dataset.busy = "";
    button.disabled = true;
    try {
      await this.#send(button.formAction, body);
    } finally {
      delete busy.dataset.busy;
      button.disabled = false;
    }
  }

  async #send(address, body) {
    let answer;
    try {
      answer = await this.#fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    } catch {
      return this.#say("That did not reach the bar. Please press again.", "warning");
    }
    if (answer.status === 401 || answer.status === 403) return this.#go("");
    const told = answer.headers.get("content-type")?.includes("json") ? await answer.json() : null;
    if (!told) return this.#say("The bar could not do that. Please press again.", "warning");
    if (told.to) return this.#go(told.to);
    if (told.said) this.#say(told.said, answer.ok ? "" : "warning");
  }
}
