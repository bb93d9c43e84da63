// The microphone's button, and what is said beside it.
import { t } from "../translate.js";
import { MicrophoneCapture } from "./capture.js";
import { Microphone, LABELS } from "./microphone.js";
import { BrowserRecognition } from "./browser-recognition.js";

const NO_RECOGNITION = "Speech does not work here: neither this bar nor your browser can turn it into text.";
const NEEDS_HTTPS = "Your browser opens the microphone on a page over https only.";
const VENDOR_HEARS =
  "May I listen? Your browser turns what you say into text, so its maker hears you. " +
  "No sound is kept here.";
const KEYS = new Set([" ", "Enter"]);

export function setUpMicrophone({ socket, transcript, newId, page, showMessage }) {
  const find = (selector) => page.querySelector(selector);
  const button = find("[data-mic]"), consent = find("[data-consent]"), revoke = find("[data-revoke]");
  const hasServerRecognition = button.dataset.recognition && MicrophoneCapture.isSupported;
  const recognition =
    !hasServerRecognition && BrowserRecognition.implementation
      ? new BrowserRecognition({
          make: () => new BrowserRecognition.implementation(),
          sendText: (text, id) => socket.sendText(text, id),
          newId,
          transcript,
          lang: page.documentElement.lang,
        })
      : null;
  if (recognition) find("[data-consent-question]").textContent = t(VENDOR_HEARS);

  function show(state) {
    button.dataset.state = state;
    find("[data-mic-says]").textContent = t(LABELS[state]);
    const wasHidden = consent.hidden;
    consent.hidden = state !== "asking";
    // After the press has focused its own button.
    if (wasHidden && !consent.hidden) setTimeout(() => consent.querySelector("button").focus());
    revoke.hidden = !microphone?.hasConsent;
  }

  let microphone = null;
  microphone = new Microphone({
    capture: hasServerRecognition ? new MicrophoneCapture({ worklet: button.dataset.worklet }) : null,
    recognition,
    socket,
    transcript,
    show,
    showMessage,
    storage: localStorage,
    visit: button.dataset.visit,
    unavailable:
      hasServerRecognition || recognition ? "" : t(button.dataset.recognition ? NEEDS_HTTPS : NO_RECOGNITION),
  });
  show(microphone.state);
  button.hidden = false;
  bindButton(button, microphone);
  for (const choice of consent.querySelectorAll("button")) {
    choice.addEventListener("click", () => {
      microphone.setConsent(choice.dataset.agree !== "");
      button.focus();
    });
  }
  addEventListener(
    "keydown",
    ({ key }) => key === "Escape" && microphone.state === "asking" && microphone.setConsent(false),
  );
  revoke.addEventListener("click", () => microphone.revoke());
  return microphone;
}

/** Pressed or held, by finger, mouse or key; a click that came of neither is an assistive device's. */
function bindButton(button, microphone) {
  button.addEventListener("pointerdown", (event) => event.button === 0 && microphone.buttonDown(event.timeStamp));
  for (const end of ["pointerup", "pointercancel"])
    addEventListener(end, ({ timeStamp }) => microphone.buttonUp(timeStamp));
  button.addEventListener("keydown", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    if (!event.repeat) microphone.buttonDown(event.timeStamp);
  });
  button.addEventListener("keyup", (event) => {
    if (!KEYS.has(event.key)) return;
    event.preventDefault();
    microphone.buttonUp(event.timeStamp);
  });
  button.addEventListener("click", ({ pointerType, timeStamp }) => {
    if (pointerType) return;
    microphone.buttonDown(timeStamp);
    microphone.buttonUp(timeStamp);
  });
}
