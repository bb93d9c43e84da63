// Digits to tap under a PIN, where there is no keyboard; and word to the bar that somebody is still at the screen.

const AWAKE_MS = 3_000;

/** The digits go into the form's field; `page` makes the buttons. */
export function addPinPad(form, page = document) {
  if (form.querySelector(".pin-pad")) return;
  const field = form.querySelector("[name=pin]");
  const pad = page.createElement("div");
  pad.className = "pin-pad";
  for (const digit of [1, 2, 3, 4, 5, 6, 7, 8, 9, "Clear", 0]) {
    const button = page.createElement("button");
    button.type = "button";
    button.textContent = String(digit);
    if (digit !== "Clear") button.dataset.digit = String(digit);
    button.addEventListener("click", () => {
      field.value = digit === "Clear" ? "" : (field.value + digit).slice(0, field.maxLength);
    });
    pad.append(button);
  }
  field.parentElement.after(pad);
}

export class StayAwake {
  #send; #now; #last = -Infinity;

  /** `send` tells the bar; it is asked at most every few seconds. */
  constructor({ send, now = () => performance.now() }) {
    this.#send = send;
    this.#now = now;
  }

  touched() {
    if (this.#now() - this.#last < AWAKE_MS) return;
    this.#last = this.#now();
    this.#send();
  }
}
