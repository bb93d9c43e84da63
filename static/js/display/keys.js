// A bar display by its keys. They can be switched off, for whoever works with a screen reader or by voice.

const KEPT = "maya.display.keys";
const MOVES = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class Keys {
  #button; #kept; #board; #on; #help;

  /** `board` does what a key means: bump(digit), bumpChosen(), recall(), choose(step), eightySix(), sound(). */
  constructor({ button, help, kept, board }) {
    this.#button = button;
    this.#help = help;
    this.#kept = kept;
    this.#board = board;
    this.#on = kept.getItem(KEPT) !== "off";
    button.hidden = false;
    button.addEventListener("click", () => {
      this.#on = !this.#on;
      kept.setItem(KEPT, this.#on ? "on" : "off");
      this.#show();
    });
    this.#show();
  }

  press(event) {
    if (!this.#on || event.ctrlKey || event.metaKey || event.altKey || this.#isTyping(event.target)) return;
    if (this.#does(event.key, event.target)) event.preventDefault();
  }

  #does(key, target) {
    if (/^[1-9]$/.test(key)) return this.#board.bump(key);
    if (key in MOVES) return this.#board.choose(MOVES[key]);
    if (key === "Enter") return !target.closest("a, button, summary") && this.#board.bumpChosen();
    const deeds = { r: "recall", x: "eightySix", s: "sound" };
    const deed = deeds[key.toLowerCase()];
    return deed ? this.#board[deed]() : false;
  }

  #isTyping(target) {
    return Boolean(target.closest?.("input, textarea, select"));
  }

  #show() {
    this.#button.setAttribute("aria-pressed", String(this.#on));
    this.#button.textContent = this.#on ? "Keys on" : "Keys off";
    this.#help.hidden = !this.#on;
  }
}
