// An order that was sent waits a few seconds before the bar sees it: counted down on its lines.

import { t } from "./translate.js";

const SECOND_MS = 1000;

export class Countdown {
  #page; #announce; #clock; #now; #ahead = 0; #timer = null; #announcedUntil = 0;

  /** `announce` is for everybody once; the count itself is for the eyes. */
  constructor({ page, announce, clock = globalThis, now = () => Date.now() / SECOND_MS }) {
    this.#page = page;
    this.#announce = announce;
    this.#clock = clock;
    this.#now = now;
  }

  /** After each change of the tab. `now` is the server's clock, in seconds: a guest's may be wrong. */
  show(now = this.#now()) {
    this.#ahead = now - this.#now();
    const until = Math.max(0, ...this.#places().map((place) => Number(place.dataset.undoUntil)));
    const seconds = Math.ceil(until - now);
    if (until > this.#announcedUntil && seconds > 0) {
      this.#announcedUntil = until;
      this.#announce(t("It goes to the bar in {seconds} seconds. Until then you can undo it here.", { seconds }));
    }
    this.#count();
  }

  #places() {
    return [...this.#page.querySelectorAll("[data-undo-until]")];
  }

  #count() {
    this.#clock.clearTimeout(this.#timer);
    const now = this.#now() + this.#ahead;
    let isCounting = false;
    for (const place of this.#places()) {
      const { undoUntil, counting, reached } = place.dataset;
      const seconds = Math.ceil(Number(undoUntil) - now);
      place.textContent = seconds > 0 ? counting.replace("{seconds}", String(seconds)) : reached;
      isCounting ||= seconds > 0;
    }
    if (isCounting) this.#timer = this.#clock.setTimeout(() => this.#count(), SECOND_MS / 4);
  }
}
