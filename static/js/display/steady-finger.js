// A row that goes lets another take its place: a second press of the same finger must not hit that one.
// What is pressed with keys names its row, and is never held back.

const SETTLE_MS = 700; // somebody who means the next row has looked at it
const REACH_PX = 24;

export class SteadyFinger {
  #now; #last = null; // where and when a row's button was pressed last

  constructor({ now = () => performance.now() } = {}) {
    this.#now = now;
  }

  /** Whether this click counts; `row` is the key of the row that is under the finger now. */
  accepts({ x, y, row }) {
    const at = this.#now(), last = this.#last;
    const isSamePlace = last && Math.hypot(x - last.x, y - last.y) <= REACH_PX && at - last.at < SETTLE_MS;
    if (isSamePlace && row !== last.row) return false;
    this.#last = { x, y, row, at };
    return true;
  }
}
