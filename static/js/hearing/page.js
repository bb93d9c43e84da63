// The microphone's button, and what is said beside it.
import { t } from "../words.js";
import { Capture } from "./capture.js";
import { Ears, SAYS } from "./ears.js";
import { Recognition } from "./recognition.js";

const NOBODY = "Nobody can hear you here: this bar has no ears, and your browser has none of its own.";
const NO_TLS = "Your browser opens the microphone on a page over https only.";
const ITS_MAKER = "May I listen? This bar has no ears: your browser writes down what you say, so its maker hears you. No sound is kept here.";
const KEYS = new Set([" ", "Enter"]);

export function earsOfThePage({ socket, transcript, newId, page, say }) {
  const find = (selector) => page.querySelector(selector);
  const button = find("[data-mic]"), leave = find("[data-leave]"), revoke = find("[data-revoke]");
  const ours = button.dataset.ears && Capture.possible;
  const own = !ours && Recognition.kind
    ? new Recognition({ make: () => new Recognition.kind(), say: (text, id) => socket.say(text, id), newId, transcript, lang: page.documentElement.lang })
    : null;
  if (own) find("[data-leave-asked]").textContent = t(ITS_MAKER);

  function show(state) {
    button.dataset.state = state;
    button.setAttribute("aria-pressed", String(["listening", "held", "hearing"].includes(state)));
    find("[data-mic-says]").textContent = t(SAYS[state]);
    const wasHidden = leave.hidden;
    leave.hidden = state !== "asking";
    if (wasHidden && !leave.hidden) setTimeout(() => leave.querySelector("button").focus()); // after the press's own focus
    revoke.hidden = !ears?.allowed;
  }

  let ears = null;
  ears = new Ears({
    capture: ours ? new Capture({ worklet: button.dataset.worklet }) : null,
    own, socket, transcript, show, say,
    kept: localStorage,
    visit: button.dataset.visit,
    absent: ours || own ? "" : t(button.dataset.ears ? NO_TLS : NOBODY),
  });
  show(ears.state);
  button.hidden = false;
  listen(button, ears);
  for (const choice of leave.querySelectorAll("button")) {
    choice.addEventListener("click", () => {
      ears.agree(choice.dataset.agree !== "");
      button.focus();
    });
  }
  addEventListener("keydown", ({ key }) => key === "Escape" && ears.state === "asking" && ears.agree(false));
  revoke.addEventListener("click", () => ears.revoke());
  return ears;
}

/** Pressed or held, by finger, mouse or key; a click that came of neither is an assistive device's. */
function listen(button, ears) {
  button.addEventListener("pointerdown", (event) => event.button === 0 && ears.press(event.timeStamp));
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, ({ timeStamp }) => ears.release(timeStamp));
  button.addEventListener("keydown", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    if (!event.repeat) ears.press(event.timeStamp);
  });
  button.addEventListener("keyup", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    ears.release(event.timeStamp);
  });
  button.addEventListener("click", ({ pointerType, timeStamp }) => {
    if (pointerType) return;
    ears.press(timeStamp);
    ears.release(timeStamp);
  });
}
