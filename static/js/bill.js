// The bill alone: no live line. Who comes is looked for while a guest waits for somebody.
import { CallButton } from "./call-staff.js";

const POLL_INTERVAL_MS = 5000;
const place = document.querySelector("[data-call]");
const call = new CallButton({
  place,
  showRefusal: (text) => (place.querySelector("[data-call-says]").textContent = text),
});

setInterval(() => {
  if (call.isWaiting && !document.hidden) call.refresh(location.pathname).catch(() => {}); // away for now: asked again
}, POLL_INTERVAL_MS);
