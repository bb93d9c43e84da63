// A digit for each ticket that waits. It stays with its ticket, so that no key hits another one.

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export class TicketDigits {
  #digits = new Map(); // ticket's key -> digit

  /** The digits of these tickets, oldest first; who finds none free has none. */
  assign(keys) {
    for (const key of this.#digits.keys()) if (!keys.includes(key)) this.#digits.delete(key);
    for (const key of keys) {
      const taken = new Set(this.#digits.values());
      const free = DIGITS.find((digit) => !taken.has(digit));
      if (!this.#digits.has(key) && free) this.#digits.set(key, free);
    }
    return new Map(this.#digits);
  }

  ticketOf(digit) {
    return [...this.#digits].find(([, assigned]) => assigned === digit)?.[0];
  }
}
