// The bar display comes alive. Everything on it also works as plain pages and forms.
import { Fragments } from "../fragments.js";
import { Notices } from "../notices.js";
import { isReachable } from "../reachability.js";
import { WaitingTimes } from "./waiting-time.js";
import { Chime } from "./chime.js";
import { StaffActions, UNREACHED } from "./staff-actions.js";
import { KeyboardShortcuts } from "./keyboard.js";
import { DisplayStream } from "./display-stream.js";
import { TicketDigits } from "./ticket-digits.js";
import { SteadyFinger } from "./steady-finger.js";
import { RingIn } from "./ring-in.js";
import { showAmounts } from "./settle.js";
import { showRefund } from "./refund.js";
import { StayAwake, addPinPad } from "./pin-pad.js";

const KEEP_SESSION_MS = 10 * 60_000; // a display that nobody touches for half an hour is still wanted

const NOTICE_KEY = "notice"; // of what was done on the page before
const { body } = document;
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

const notice = document.createElement("template");
notice.innerHTML = `<p class="notice"></p>`;
const notices = new Notices({ place: find("[data-notices]"), template: notice });
const fragments = new Fragments({ page: document, prepare: addTokens });
const waitingTimes = new WaitingTimes({
  page: document,
  limits: { late: Number(body.dataset.late), over: Number(body.dataset.over) },
});
const ticketDigits = new TicketDigits();
const finger = new SteadyFinger();
const staffActions = new StaffActions({
  showNotice: (text, kind) => notices.show(text, kind),
  navigate,
  accept: (form, sent) => !ringIn || ringIn.accept(form, sent),
  onDone(form, sent) {
    ringIn?.rang(form, sent);
    if (!stream.live) navigate(""); // else nobody tells this page what has become of it
  },
});
const ringIn = find("[data-ring]") && new RingIn(find("[data-ring]"));
const stream = new DisplayStream({ open, onMessage: handleMessage, onState: showConnection });
const onBoard = Boolean(find(".board"));
const chime = new Chime({ button: find("[data-sound]"), storage: localStorage, warning: find("[data-no-sound]") });
const lastNotice = sessionStorage.getItem(NOTICE_KEY);
sessionStorage.removeItem(NOTICE_KEY);
if (lastNotice) notices.show(lastNotice, "");
const known = new Set(all(".lane.new .ticket, .wish").map((row) => row.dataset.key));
let lastBumped = "";
let isLeaving = false; // news of what was done here must not call the window back

/** The page is left for one that is there, and that one shows `message`. Otherwise it stays, with all that is on it. */
async function navigate(to, message = "") {
  isLeaving = true;
  if (!(await isReachable(to || location.href))) {
    isLeaving = false;
    notices.show(message || UNREACHED, message ? "" : "warning");
    return;
  }
  if (message) sessionStorage.setItem(NOTICE_KEY, message);
  if (to) location.assign(to);
  else location.reload();
}

/** A form that came over the line is sent with the page's own token. */
function addTokens(content) {
  const token = find("[name=csrfmiddlewaretoken]").value;
  for (const field of content.querySelectorAll("[name=csrfmiddlewaretoken]")) field.setAttribute("value", token);
}

function open() {
  const url = new URL(body.dataset.socket, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.searchParams.set("changes", "1");
  return new WebSocket(url);
}

function handleMessage(message) {
  if (message.kind === "bye" && message.reason === "log in") return setTimeout(() => navigate(""), 1000); // to the door
  if (message.now) waitingTimes.setServerTime(message.now);
  if (message.kind !== "fragments") return;
  const { holder, person } = message.fragments;
  if (person !== undefined && person !== find("[data-who]").dataset.who) return isLeaving || navigate("");
  if (holder !== undefined && holder !== body.dataset.holder) return isLeaving || navigate("");
  fragments.show(message.fragments);
  ringIn?.filter();
  showAmounts(find("[data-settle]"));
  all("[data-pin-pad]").forEach((form) => addPinPad(form));
  finger.moved();
  if (onBoard) updateBoard();
  updateCalls();
}

/** A guest who waits for a person is heard on every page of the display, until somebody has answered. */
function updateCalls() {
  chime.setGuestWaiting(Boolean(find("[data-unanswered]")));
  waitingTimes.update();
}

function updateBoard() {
  const waiting = all(".lane .ticket");
  const digits = ticketDigits.assign(waiting.map((row) => row.dataset.key));
  for (const row of waiting) {
    const place = row.querySelector(".slot");
    place.textContent = digits.get(row.dataset.key) ?? "";
    place.hidden = !place.textContent;
  }
  const fresh = all(".lane.new .ticket, .wish").map((row) => row.dataset.key).filter((key) => !known.has(key));
  for (const key of fresh) known.add(key);
  if (fresh.length) chime.ring();
  waitingTimes.update();
}

function showConnection(state) {
  const place = find("[data-line]");
  place.dataset.state = state;
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  place.textContent = state === "live" ? "Live" : `Not live since ${time}: what you press may not reach the bar`;
}

// --- by keys -----------------------------------------------------------------------------------------

const chosenTicket = () => find(".ticket[data-chosen]");

function clickButton(row, kind) {
  const button = row?.querySelector(`button.${kind}`);
  if (!button) return false;
  button.click();
  return true;
}

const board = {
  bump: (digit) => clickButton(find(`[data-key="${ticketDigits.ticketOf(digit)}"]`), "bump"),
  bumpChosen: () => clickButton(chosenTicket(), "bump"),
  recall: () => clickButton(chosenTicket() ?? find(`[data-key="${lastBumped}"]`) ?? find(".served .ticket"), "recall"),
  choose(step) {
    const rows = all(".ticket");
    const at = rows.indexOf(chosenTicket());
    const next = rows[at < 0 ? 0 : (at + step + rows.length) % rows.length];
    if (at >= 0) delete rows[at].dataset.chosen;
    if (!next) return false;
    next.dataset.chosen = "";
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  },
  eightySix() {
    const panel = find("[data-eighty-six]");
    panel.open = !panel.open;
    panel.querySelector("summary").focus();
    return true;
  },
  sound() {
    chime.toggle();
    return true;
  },
};

// --- what is pressed ---------------------------------------------------------------------------------

/** Which button this is, whatever the server rendered anew meanwhile: its address says of which row. */
function pressedKey(pressed) {
  if (pressed.matches("summary")) return `summary ${pressed.closest("[data-key]")?.dataset.key}`;
  return `${pressed.getAttribute("formaction") ?? pressed.form?.action} ${pressed.value}`;
}

document.addEventListener(
  "click",
  (event) => {
    const pressed = /** @type {Element} */ (event.target).closest("button, summary");
    if (!pressed || !event.detail || pressed.matches("[data-digit]")) return; // by a key, or by the script
    if (finger.accepts({ x: event.clientX, y: event.clientY, button: pressedKey(pressed) })) return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { submitter: button } = event;
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (button.classList.contains("bump"))
    lastBumped = /** @type {HTMLElement} */ (button.closest("[data-key]")).dataset.key;
  staffActions.press(button, form);
  for (const field of form.querySelectorAll("[type=password]"))
    /** @type {HTMLInputElement} */ (field).value = ""; // it was sent, and stays with nobody
});

document.addEventListener("click", (event) => {
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[href]"));
  const leavesWindow = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || leavesWindow || link.origin !== location.origin) return;
  event.preventDefault();
  navigate(link.href);
});

document.addEventListener("input", ({ target }) => {
  showAmounts(/** @type {Element} */ (target).closest("[data-settle]"));
  showRefund(/** @type {Element} */ (target).closest("[data-refund]"));
});

if (onBoard) {
  const keys = new KeyboardShortcuts({
    button: find("[data-keys]"),
    help: find("[data-keys-help]"),
    storage: localStorage,
    board,
  });
  document.addEventListener("keydown", (event) => keys.handleKey(event));
  updateBoard();
}
updateCalls();
chime.unlock(); // where the browser is told that this page may ring, such as on a screen of its own
addEventListener(
  "pointerdown",
  ({ target }) => /** @type {Element} */ (target).closest("[data-sound]") || chime.unlock(),
);
all("[data-pin-pad]").forEach((form) => addPinPad(form));
all("[data-refund]").forEach(showRefund);
const unlocked = /** @type {HTMLFormElement | null} */ (find("[data-awake]"));
if (unlocked) {
  const { awake } = unlocked.dataset, headers = { Accept: "application/json" };
  const send = () => fetch(awake, { method: "POST", body: new FormData(unlocked), headers }).catch(() => {});
  const somebody = new StayAwake({ send });
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => somebody.touched());
}
setInterval(() => waitingTimes.update(), 1000);
setInterval(() => fetch(location.href, { method: "HEAD" }).catch(() => {}), KEEP_SESSION_MS);
addEventListener("online", () => stream.connect());
addEventListener("pageshow", (event) => event.persisted && navigate(""));
stream.connect();
