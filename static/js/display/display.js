// The bar display comes alive. Everything on it also works as plain pages and forms.
import { Notices } from "../notices.js";
import { Ages } from "./ages.js";
import { Chime } from "./chime.js";
import { Deeds } from "./deeds.js";
import { Keys } from "./keys.js";
import { Line } from "./line.js";
import { Pieces } from "./pieces.js";
import { Slots } from "./slots.js";

const PATIENCE = 10_000;
const STAY_LOGGED_IN = 10 * 60_000; // a display that nobody touches for half an hour is still wanted

const { body } = document;
const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const go = (to) => (to ? location.assign(to) : location.reload());

const notice = document.createElement("template");
notice.innerHTML = `<p class="notice"></p>`;
const notices = new Notices({ place: find("[data-notices]"), template: notice });
const pieces = new Pieces(document);
const ages = new Ages({ page: document, limits: { late: Number(body.dataset.late), over: Number(body.dataset.over) } });
const slots = new Slots();
const deeds = new Deeds({ form: find("[data-deeds]"), say: (text, kind) => notices.say(text, kind), go });
const line = new Line({ open, hear, onState: showLine });
const onBoard = Boolean(find(".board"));
const chime = onBoard ? new Chime({ button: find("[data-sound]"), kept: localStorage }) : null;
const known = new Set(all(".lane.new .ticket, .wish").map((row) => row.dataset.key));
let lastBumped = "";
let leaving = false;

function open() {
  const url = new URL(body.dataset.socket, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url);
}

function hear(message) {
  if (message.kind === "bye" && message.reason === "log in") return setTimeout(() => go(""), 1000); // to the door
  if (message.now) ages.set(message.now);
  if (message.kind !== "pieces") return;
  const { holder } = message.pieces;
  if (holder !== undefined && holder !== body.dataset.holder) return leaving || go("");
  pieces.show(message.pieces);
  if (onBoard) drawn();
}

function drawn() {
  const waiting = all(".lane .ticket");
  const digits = slots.of(waiting.map((row) => row.dataset.key));
  for (const row of waiting) {
    const place = row.querySelector(".slot");
    place.textContent = digits.get(row.dataset.key) ?? "";
    place.hidden = !place.textContent;
  }
  const fresh = all(".lane.new .ticket, .wish").map((row) => row.dataset.key).filter((key) => !known.has(key));
  for (const key of fresh) known.add(key);
  if (fresh.length) chime.ring();
  ages.tick();
}

function showLine(state) {
  const place = find("[data-line]");
  place.dataset.state = state;
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  place.textContent = state === "live" ? "Live" : `Not live since ${time}: buttons reload the page`;
}

// --- by keys -----------------------------------------------------------------------------------------

const chosen = () => find(".ticket[data-chosen]");

function pressOn(row, kind) {
  const button = row?.querySelector(`button.${kind}`);
  if (!button) return false;
  button.click();
  return true;
}

const board = {
  bump: (digit) => pressOn(find(`[data-key="${slots.holder(digit)}"]`), "bump"),
  bumpChosen: () => pressOn(chosen(), "bump"),
  recall: () => pressOn(chosen() ?? find(`[data-key="${lastBumped}"]`) ?? find(".served .ticket"), "recall"),
  choose(step) {
    const rows = all(".ticket");
    const at = rows.indexOf(chosen());
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

document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target !== find("[data-deeds]") || !line.live) {
    leaving = true; // the form goes its plain way, and news of what it did must not call it back
    setTimeout(() => (leaving = false), PATIENCE);
    return;
  }
  event.preventDefault();
  if (button.classList.contains("bump")) lastBumped = button.closest("[data-key]").dataset.key;
  deeds.press(button);
});

if (onBoard) {
  const keys = new Keys({ button: find("[data-keys]"), help: find("[data-keys-help]"), kept: localStorage, board });
  document.addEventListener("keydown", (event) => keys.press(event));
  addEventListener("pointerdown", () => chime.touched(), { once: true });
  drawn();
}
setInterval(() => ages.tick(), 1000);
setInterval(() => fetch(location.href, { method: "HEAD" }).catch(() => {}), STAY_LOGGED_IN);
addEventListener("online", () => line.connect());
addEventListener("pageshow", (event) => event.persisted && location.reload());
line.connect();
