// A row that goes lets another take its place: a second press of the same finger must not hit that one.
// What is pressed with keys names its row, and is never held back.

const SETTLE_MS = 700; // somebody who means the next row has looked at it
const REACH_PX = 24;

export class SteadyFinger {
  #now; #last = null; // which button was pressed last, where and when

  constructor({ now = () => performance.now() } = {}) {
    this.#now = now;
  }

  /** Whether this click counts; `button` is what the finger is on now. */
  accepts({ x, y, button }) {
    const at = this.#now(), last = this.#last;
    const isSamePlace = last && Math.hypot(x - last.x, y - last.y) <= REACH_PX && at - last.at < SETTLE_MS;
    if (isSamePlace && button !== last.button) return false;
    this.#last = { x, y, button, at };
    return true;
  }

  /** The page was rendered anew: what the last press did may have moved another button under the finger just now. */
  moved() {
    if (!this.#last || this.#last.answered) return;
    this.#last.answered = true;
    this.#last.at = this.#now();
  }
}
