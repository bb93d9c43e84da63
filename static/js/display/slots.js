// A digit for each ticket that waits. It stays with its ticket, so that no key hits another one.

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export class Slots {
  #held = new Map(); // ticket's key -> digit

  /** The digits of these tickets, oldest first; who finds none free has none. */
  of(keys) {
    for (const key of this.#held.keys()) if (!keys.includes(key)) this.#held.delete(key);
    for (const key of keys) {
      const taken = new Set(this.#held.values());
      const free = DIGITS.find((digit) => !taken.has(digit));
      if (!this.#held.has(key) && free) this.#held.set(key, free);
    }
    return new Map(this.#held);
  }

  holder(digit) {
    return [...this.#held].find(([, held]) => held === digit)?.[0];
  }
}
