// An order that was sent waits a few seconds before the bar sees it: counted down on its lines.

import { t } from "./words.js";

const SECOND = 1000;

export class Held {
  #tab; #say; #clock; #now; #ahead = 0; #timer = null; #told = 0;

  /** `say` is for everybody once; the count itself is for the eyes. */
  constructor({ tab, say, clock = globalThis, now = () => Date.now() / SECOND }) {
    this.#tab = tab;
    this.#say = say;
    this.#clock = clock;
    this.#now = now;
  }

  /** After each tab message. The server's clock counts: a guest's may be wrong. */
  show({ lines, now = this.#now() }) {
    this.#ahead = now - this.#now();
    const until = Math.max(0, ...lines.map((line) => line.held_until ?? 0));
    const seconds = Math.ceil(until - now);
    if (until > this.#told && seconds > 0) {
      this.#told = until;
      this.#say(t("It goes to the bar in {seconds} seconds. Until then you can undo it here.", { seconds }));
    }
    this.#count();
  }

  #count() {
    this.#clock.clearTimeout(this.#timer);
    const now = this.#now() + this.#ahead;
    let going = false;
    for (const row of this.#tab.querySelectorAll("[data-held-until]")) {
      const seconds = Math.ceil(row.dataset.heldUntil - now);
      row.querySelector('[data-of="sent"]').textContent = seconds > 0 ? t("to the bar in {seconds} s", { seconds }) : t("at the bar");
      going ||= seconds > 0;
    }
    if (going) this.#timer = this.#clock.setTimeout(() => this.#count(), SECOND / 4);
  }
}
