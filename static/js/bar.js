// The page comes alive: forms go over the live stream while there is one, and stay forms while there is none.
import { t } from "./translate.js";
import { CallButton } from "./call-staff.js";
import { Countdown } from "./countdown.js";
import { Draft } from "./draft.js";
import { Avatar } from "./avatar.js";
import { Fragments } from "./fragments.js";
import { setUpMicrophone } from "./microphone/setup.js";
import { newId } from "./ids.js";
import { Menu, orderFromForm } from "./menu.js";
import { Notices } from "./notices.js";
import { ComponentList } from "./components.js";
import { PlainForms, isReachable } from "./reachability.js";
import { GuestStream, SUBPROTOCOL } from "./guest-stream.js";
import { StopButton } from "./stop-button.js";
import { setUpVoice } from "./sound/setup.js";
import { PaymentRedirect } from "./payment_redirect.js";
import { Transcript } from "./transcript.js";

const find = (selector) => document.querySelector(selector);
const template = (name) => document.getElementById(`${name}-template`);

const menu = new Menu(find("#menu"));
const avatar = new Avatar({ figure: find("[data-maya]") });
const notices = new Notices({ place: find("[data-notices]"), template: template("notice") });
const components = new ComponentList({ list: find("[data-components]"), item: () => document.createElement("li") });
const fragments = new Fragments({ page: document, prepare: addTokens });
const countdown = new Countdown({ page: document, announce: (text) => notices.show(text) });
const till = new PaymentRedirect({ go: (url) => location.assign(url) });
const call = new CallButton({ place: find("[data-call]"), showRefusal: (text) => notices.show(text, "warning") });
const transcript = new Transcript({
  list: find("[data-turns]"),
  template: template("turn"),
  announcer: find("[data-announcer]"),
});
const draft = new Draft({
  field: find("#message"),
  storage: sessionStorage,
  key: `draft:${find("[data-visit]").dataset.visit}`,
});
const plainForms = new PlainForms({
  address: () => location.href,
  onUnreachable: () => notices.show(t("That did not reach the bar. Please try again."), "warning"),
});
const stream = new GuestStream({
  open: openSocket,
  newId,
  onMessage: handleMessage,
  onState: showConnection,
  onAudio: (bytes) => voice.sound(bytes),
});
const voice = setUpVoice({ socket: stream, page: document, onSpeaking: (on) => stopButton.setBusy("voice", on) });
const stopButton = new StopButton({ button: find("[data-stop]"), stop: stopMaya, focusNext: find("#message") });
const microphone = setUpMicrophone({
  socket: stream,
  transcript,
  newId,
  page: document,
  showMessage: (text) => notices.show(text, "warning"),
});

/** A form that came over the stream also works without it: then it is sent with the page's own token. */
function addTokens(content) {
  const token = find("[name=csrfmiddlewaretoken]").value;
  for (const field of content.querySelectorAll("[name=csrfmiddlewaretoken]")) field.setAttribute("value", token);
}

function stopMaya() {
  voice.stop();
  stream.sendOnce("interrupt");
}

function openSocket() {
  const url = new URL(document.body.dataset.socket, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url, SUBPROTOCOL);
}

// --- what the bar says -------------------------------------------------------------------------------

const confirmations = new Map(); // what to say when a button's deed is done

const SERVER_MESSAGES = {
  fragments({ fragments: changed, now }) {
    fragments.show(changed);
    countdown.show(now);
  },
  payment: (payment) => till.show(payment),
  emotion: ({ emotion }) => avatar.setEmotion(emotion),
  notice: ({ text, about }) => notices.show(text, "", about),
  components: (news) => components.show(news.components),
  menu(news) {
    menu.markSoldOut(news.sold_out, news.modifiers_out);
    menu.showPrices(news.prices ?? []);
  },
  care: ({ allergies }) => menu.markAllergies(allergies),
  assistance: (news) => call.show(news),
  ...voice.news,
  ...microphone.news,
  host: ({ person }) => (find("[data-hosted]").hidden = !person),
  citations: ({ turn, passages }) => transcript.showCitations(turn, passages),
  history: ({ turns }) => transcript.replay(turns),
  bye({ retry_after }) {
    if (retry_after === null) notices.show(t("This window is no longer up to date. Reload it to go on."), "warning");
  },
};

const MESSAGES = {
  "server-message": ({ data }) => SERVER_MESSAGES[data.kind]?.(data),
  "user-llm-text": ({ id, data }) => transcript.confirm(id, data.text),
  "bot-llm-started"({ id, data }) {
    transcript.startReply(id, data.who);
    voice.replyStarted();
    stopButton.setBusy("turn");
    avatar.turnStarted();
  },
  "bot-llm-text": ({ id, data }) => transcript.appendReply(id, data.text),
  "bot-llm-stopped"({ id }) {
    transcript.endReply(id);
    stopButton.setBusy("turn", false);
    avatar.turnEnded();
  },
  "llm-function-call-started": ({ data }) => avatar.toolStarted(data.function_name),
  ...voice.frames,
  ...microphone.frames,
  "server-response"({ id }) {
    voice.handleResponse(id);
    if (confirmations.has(id)) notices.show(confirmations.get(id));
    confirmations.delete(id);
  },
  "error-response"({ id, data }) {
    if (voice.handleResponse(id, true) || microphone.handleResponse(id, data.error)) return;
    confirmations.delete(id);
    draft.giveBack(transcript.takeBack(id));
    notices.show(data.error, "warning");
  },
  error: ({ data }) => notices.show(data.error, "warning"),
};

function handleMessage(message) {
  MESSAGES[message.type]?.(message);
}

const CONNECTION_TEXTS = {
  connecting: "coming to the bar",
  live: "live",
  reconnecting: "reconnecting; nothing is lost",
  offline: "offline; what you send may not reach the bar",
  over: "this visit is over here",
};

function showConnection(state) {
  const link = find("[data-link]");
  link.hidden = false;
  link.dataset.state = state;
  link.textContent = t(CONNECTION_TEXTS[state]);
  if (state === "over") for (const id of stream.withdraw()) draft.giveBack(transcript.takeBack(id));
  if (state !== "live") stopButton.setBusy("turn", false);
  if (state === "live") for (const input of [voice, microphone]) input.streamLive();
}

// --- what the guest does -----------------------------------------------------------------------------

const ACTIONS = {
  say(form, fields) {
    const text = (fields.get("text") ?? "").trim();
    if (!text) return;
    const id = newId();
    transcript.addPending(id, text);
    stream.sendText(text, id);
    find(".talk-scroll").scrollTop = 0; // reversed: this is its end
    find(".openers")?.remove();
    find("#message").defaultValue = ""; // refused words were put back into it
    form.reset();
    draft.clear();
  },
  "tap-item"(form, fields) {
    const order = orderFromForm(form.dataset.item, fields);
    confirmations.set(
      stream.sendAction("tap-item", order),
      t("{what} is on your tab.", { what: `${order.quantity} × ${order.item}` }),
    );
    menu.confirmOrder(form);
    avatar.toolStarted("add_to_order");
  },
  "set-tip": (_form, fields) => stream.sendAction("set-tip", { percent: Number(fields.get("percent")) }),
  "remove-line": (form) =>
    stream.sendAction("remove-line", { number: Number(form.closest("[data-number]").dataset.number) }),
  "place-order": () => stream.sendAction("place-order"),
  undo: () => stream.sendAction("undo"),
  pay: () => stream.sendAction("pay"),
  confirm(_form, fields) {
    till.confirmed();
    stream.sendAction("pay", { nonce: fields.get("nonce") });
  },
  "not-yet": () => stream.sendAction("not-yet"),
};

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented) return;
  const action = ACTIONS[form.dataset.live];
  if (!action || !stream.accepts) return plainForms.submit(event); // no live stream: the form goes its plain way
  event.preventDefault();
  action(form, new FormData(form, event.submitter));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || stopButton.stopAll()) return;
  if (location.hash) location.hash = "talk";
});

addEventListener("online", () => stream.connect());
addEventListener(
  "pageshow",
  async (event) => event.persisted && (await isReachable(location.href)) && location.reload(),
);
stream.connect();
