// How old each ticket is, and how long an act can still be undone, by the server's clock.

export function formatDuration(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function ageCategory(seconds, { late, over }) {
  if (seconds >= over) return "over";
  return seconds >= late ? "late" : "calm";
}

export class WaitingTimes {
  #page; #limits; #serverOffset = 0;

  constructor({ page, limits }) {
    this.#page = page;
    this.#limits = limits;
  }

  /** What the server's clock says now. */
  setServerTime(now) {
    this.#serverOffset = now - Date.now() / 1000;
  }

  update() {
    const now = Date.now() / 1000 + this.#serverOffset;
    for (const row of this.#page.querySelectorAll("[data-since]")) {
      const seconds = Math.max(0, Math.floor(now - row.dataset.since));
      const place = row.querySelector("[data-clock]");
      if (place) place.textContent = formatDuration(seconds);
      if (row.dataset.age && row.dataset.age !== "done") row.dataset.age = ageCategory(seconds, this.#limits);
    }
    for (const row of this.#page.querySelectorAll("[data-until]")) {
      const left = Math.ceil(Number(row.dataset.until) - now);
      row.hidden = left <= 0; // the stream takes it away as well
      row.querySelector("[data-countdown]").textContent = String(Math.max(0, left));
    }
  }
}
