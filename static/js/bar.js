// The page comes alive: forms go over the live stream while there is one, and stay forms while there is none.
import { t } from "./words.js";
import { Face } from "./emotion.js";
import { Held } from "./held.js";
import { earsOfThePage } from "./hearing/page.js";
import { newId } from "./ids.js";
import { MenuCard, tapped } from "./menu.js";
import { Notices } from "./notices.js";
import { Parts } from "./parts.js";
import { PayCard } from "./pay.js";
import { BarSocket, SUBPROTOCOL } from "./socket.js";
import { Stop } from "./stop.js";
import { voiceOfThePage } from "./sound/page.js";
import { TabView } from "./tab.js";
import { Transcript } from "./transcript.js";

const find = (selector) => document.querySelector(selector);
const template = (name) => document.getElementById(`${name}-template`);

const menu = new MenuCard(find("#menu"));
const face = new Face({ figure: find("[data-maya]") });
const notices = new Notices({ place: find("[data-notices]"), template: template("notice") });
const parts = new Parts({ list: find("[data-parts]"), item: () => document.createElement("li") });
const tab = new TabView({ page: document, tab: find("[data-tab]"), template: template("line") });
const held = new Held({ tab: find("[data-tab]"), say: (text) => notices.say(text) });
const pay = new PayCard({ card: find("[data-pay]"), go: (url) => location.assign(url) });
const transcript = new Transcript({ list: find("[data-turns]"), template: template("turn"), aloud: find("[data-aloud]") });
const socket = new BarSocket({ open, newId, onMessage: hear, onState: showLink, onSound: (bytes) => voice.sound(bytes) });
const voice = voiceOfThePage({ socket, page: document, onSpeaking: (on) => stop.busy("voice", on) });
const stop = new Stop({ button: find("[data-stop]"), stop: silence, rest: find("#said") });
const ears = earsOfThePage({ socket, transcript, newId, page: document, say: (text) => notices.say(text, "warning") });

function silence() {
  voice.stop();
  socket.tell("interrupt");
}

function open() {
  const url = new URL(document.body.dataset.socket, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url, SUBPROTOCOL);
}

// --- what the bar says -------------------------------------------------------------------------------

const promised = new Map(); // what to say when a button's deed is done

const NEWS = {
  tab(news) {
    tab.show(news);
    held.show(news);
    pay.show(news);
  },
  payment: (news) => pay.payment(news),
  emotion: ({ emotion }) => face.feel(emotion),
  notice: ({ text }) => notices.say(text),
  parts: (news) => parts.show(news.parts),
  menu: ({ sold_out }) => menu.soldOut(sold_out),
  care({ allergies }) {
    tab.allergies(allergies);
    menu.beware(allergies);
  },
  ...voice.news,
  ...ears.news,
  host: ({ person }) => (find("[data-hosted]").hidden = !person),
  sources: ({ turn, passages }) => transcript.standsOn(turn, passages),
  history: ({ turns }) => transcript.replay(turns),
  bye({ retry_after }) {
    if (retry_after === null) notices.say(t("This window is no longer live. Reload it to go on."), "warning");
  },
};

const FRAMES = {
  "server-message": ({ data }) => NEWS[data.kind]?.(data),
  "user-llm-text": ({ id, data }) => transcript.heard(id, data.text),
  "bot-llm-started"({ id, data }) {
    transcript.started(id, data.who);
    voice.makeWay();
    stop.busy("turn");
    face.think();
  },
  "bot-llm-text": ({ id, data }) => transcript.pour(id, data.text),
  "bot-llm-stopped"({ id }) {
    transcript.stopped(id);
    stop.busy("turn", false);
    face.done();
  },
  "llm-function-call-started": ({ data }) => face.work(data.function_name),
  ...voice.frames,
  ...ears.frames,
  "server-response"({ id }) {
    voice.answered(id);
    if (promised.has(id)) notices.say(promised.get(id));
    promised.delete(id);
  },
  "error-response"({ id, data }) {
    if (voice.answered(id, true) || ears.answered(id, data.error)) return;
    promised.delete(id);
    transcript.failed(id);
    notices.say(data.error, "warning");
  },
  error: ({ data }) => notices.say(data.error, "warning"),
};

function hear(message) {
  FRAMES[message.type]?.(message);
}

const LINKS = {
  connecting: "coming to the bar",
  live: "live",
  reconnecting: "finding the way back; nothing is lost",
  offline: "offline; sending reloads the page",
  over: "this visit is over here",
};

function showLink(state) {
  const link = find("[data-link]");
  link.hidden = false;
  link.dataset.state = state;
  link.textContent = t(LINKS[state]);
  if (state !== "live") stop.busy("turn", false);
  if (state === "live") for (const sense of [voice, ears]) sense.live();
}

// --- what the guest does -----------------------------------------------------------------------------

const DEEDS = {
  say(form, fields) {
    const text = (fields.get("said") ?? "").trim();
    if (!text) return;
    const id = newId();
    transcript.pending(id, text);
    socket.say(text, id);
    find(".talk-scroll").scrollTop = 0; // reversed: this is its end
    find(".openers")?.remove();
    find("#said").defaultValue = ""; // refused words were put back into it
    form.reset();
  },
  "tap-item"(form, fields) {
    const order = tapped(form.dataset.item, fields);
    promised.set(socket.press("tap-item", order), t("{what} is on your tab.", { what: `${order.quantity} × ${order.item}` }));
    menu.poured(form);
    face.work("add_to_order");
  },
  "set-tip": (form, fields) => socket.press("set-tip", { percent: Number(fields.get("percent")) }),
  "remove-line": (form) => socket.press("remove-line", { number: Number(form.closest("[data-number]").dataset.number) }),
  "place-order": () => socket.press("place-order"),
  undo: () => socket.press("undo"),
  pay: () => socket.press("pay"),
  confirm(form, fields) {
    pay.confirmed();
    socket.press("pay", { nonce: fields.get("nonce") });
  },
  "not-yet": () => socket.press("not-yet"),
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  const deed = DEEDS[form.dataset.live];
  if (!deed || !socket.keeps) return; // no live stream: the form goes its plain way
  event.preventDefault();
  deed(form, new FormData(form, event.submitter));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || stop.press()) return;
  if (location.hash) location.hash = "talk";
});

addEventListener("online", () => socket.connect());
addEventListener("pageshow", (event) => event.persisted && location.reload());
socket.connect();
