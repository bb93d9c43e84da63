// A bar display by its keys. They can be switched off, for whoever works with a screen reader or by voice.

const STORAGE_KEY = "maya.display.keys";
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class KeyboardShortcuts {
  #button; #board; #isOn; #help;

  /** `board` does what a key means: bump(digit), bumpChosen(), recall(), choose(step), eightySix(), sound(). */
  constructor({ button, help, storage, board }) {
    this.#button = button;
    this.#help = help;
    this.#board = board;
    this.#isOn = storage.getItem(STORAGE_KEY) !== "off";
    button.hidden = false;
    button.addEventListener("click", () => {
      this.#isOn = !this.#isOn;
      storage.setItem(STORAGE_KEY, this.#isOn ? "on" : "off");
      this.#update();
    });
    this.#update();
  }

  handleKey(event) {
    if (!this.#isOn || event.ctrlKey || event.metaKey || event.altKey || this.#isTyping(event.target)) return;
    if (this.#perform(event.key, event.target)) event.preventDefault();
  }

  #perform(key, target) {
    if (/^[1-9]$/.test(key)) return this.#board.bump(key);
    if (key in STEPS) return this.#board.choose(STEPS[key]);
    if (key === "Enter") return !target.closest("a, button, summary") && this.#board.bumpChosen();
    const actions = { r: "recall", x: "eightySix", s: "sound" };
    const action = actions[key.toLowerCase()];
    return action ? this.#board[action]() : false;
  }

  #isTyping(target) {
    return Boolean(target.closest?.("input, textarea, select"));
  }

  #update() {
    this.#button.dataset.on = String(this.#isOn); // the label says it: "Keys on, pressed" would say it twice
    this.#button.textContent = this.#isOn ? "Keys on" : "Keys off";
    this.#help.hidden = !this.#isOn;
  }
}
