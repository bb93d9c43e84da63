// How old each ticket is, by the server's clock.

export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function ageOf(seconds, { late, over }) {
  if (seconds >= over) return "over";
  return seconds >= late ? "late" : "calm";
}

export class Ages {
  #page; #limits; #ahead = 0;

  constructor({ page, limits }) {
    this.#page = page;
    this.#limits = limits;
  }

  /** What the server's clock says now. */
  set(now) {
    this.#ahead = now - Date.now() / 1000;
  }

  tick() {
    const now = Date.now() / 1000 + this.#ahead;
    for (const row of this.#page.querySelectorAll("[data-since]")) {
      const seconds = Math.max(0, Math.floor(now - row.dataset.since));
      const place = row.querySelector("[data-clock]");
      if (place) place.textContent = clock(seconds);
      if (row.dataset.age && row.dataset.age !== "done") row.dataset.age = ageOf(seconds, this.#limits);
    }
  }
}
