// A line may be dead without saying so: it is asked to beat, and silence for too long is the end of it.

export class Pulse {
  #clock; #every; #patience; #beat; #dead;
  #next = null; #verdict = null;

  constructor({ clock, every, patience, beat, dead }) {
    this.#clock = clock;
    this.#every = every;
    this.#patience = patience;
    this.#beat = beat;
    this.#dead = dead;
  }

  keepBeating() {
    this.#clock.clearTimeout(this.#next);
    this.#next = this.#clock.setTimeout(() => {
      this.#beat();
      this.expect();
      this.keepBeating();
    }, this.#every);
  }

  /** Something must be heard in time. */
  expect() {
    this.heard();
    this.#verdict = this.#clock.setTimeout(this.#dead, this.#patience);
  }

  heard() {
    this.#clock.clearTimeout(this.#verdict);
  }

  stop() {
    this.#clock.clearTimeout(this.#next);
    this.heard();
  }
}

/** How long to wait before the next try: longer each time, as long as was asked, and not all at once. */
export function backoff({ tries, first, longest, asked, random }) {
  const longer = Math.min(longest, first * 2 ** (tries - 1));
  return Math.max(asked * 1000, longer) * (0.75 + random() / 2);
}
