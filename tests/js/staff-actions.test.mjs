// What is tapped while the bar is away: said where it was tapped, sent by nobody later, and the page stays.
import assert from "node:assert/strict";
import test from "node:test";

import { StaffActions } from "../../static/js/display/staff-actions.js";
import { PlainForms, isReachable } from "../../static/js/reachability.js";

function someDeeds(answer) {
  const said = [], gone = [], sent = [], marks = [], done = [];
  globalThis.FormData = class extends Map {
    constructor() { super(); }
  };
  const actions = new StaffActions({
    showNotice: (text) => said.push(text), navigate: (to) => gone.push(to), onDone: () => done.push(true), markFailure: (_, text) => marks.push(text),
    fetch: async (address, how) => (sent.push([address, Object.fromEntries(how.body)]), answer(how)),
  });
  const button = { name: "seen", value: "2", getAttribute: () => "/bar/ticket/5/bump/", closest: () => null, dataset: {} };
  const form = { action: "/bar/talk/5/say/" };
  return { press: () => actions.press(button, form), button, said, gone, sent, marks, done };
}

const answered = (status, type, told) => ({ status, ok: status < 300, headers: new Map([["content-type", type]]), json: async () => told });
const json = (status, told) => answered(status, "application/json", told);
const page = (status) => answered(status, "text/html", null);

test("a press is sent once with the step that was on the screen, and what came of it is said", async () => {
  const it = someDeeds(() => json(409, { message: "Ticket 5 had moved on already.", next_url: "" }));
  await Promise.all([it.press(), it.press()]);
  assert.deepEqual(it.sent, [["/bar/ticket/5/bump/", { seen: "2" }]]);
  assert.deepEqual(it.said, ["Ticket 5 had moved on already."]);
  assert.deepEqual(it.marks, [""]);
  assert.equal(it.button.disabled, false);
});

test("a page that stays is told that it is done, and one that is left or never reached the bar is not", async () => {
  const answers = [json(200, { message: "ID seen.", next_url: "" }), json(200, { message: "", next_url: "/bar/" }), page(503)];
  const it = someDeeds(() => answers.shift());
  for (let press = 0; press < 3; press++) await it.press();
  assert.deepEqual(it.done, [true]);
});

const AWAY = {
  "the network is gone": () => { throw new TypeError("Failed to fetch"); },
  "no answer in time": (how) => { assert.ok(how.signal); throw new DOMException("signal timed out", "TimeoutError"); },
  "an answer cut short": () => ({ ...json(200), json: () => { throw new SyntaxError("end of JSON"); } }),
  "a proxy without a bar": () => page(502),
  "a bar that is not there now": () => page(503),
  "a bar that takes too long": () => page(504),
};
for (const [why, answer] of Object.entries(AWAY)) {
  test(`a tap that does not reach the bar is said at its ticket, kept by nobody, and can be pressed again: ${why}`, async () => {
    const it = someDeeds(answer);
    await it.press();
    assert.match(it.marks.at(-1), /did not reach the bar/);
    assert.match(it.said[0], /did not reach the bar/);
    assert.deepEqual([it.gone, it.sent.length, it.button.disabled], [[], 1, false]);
    await it.press();
    assert.equal(it.sent.length, 2);
  });
}

test("who is logged out, or may not, keeps the page and is told", async () => {
  for (const [status, words] of [[401, /logged out/], [403, /refused/], [500, /could not do this/]]) {
    const it = someDeeds(() => page(status));
    await it.press();
    assert.match(it.marks.at(-1), words);
    assert.deepEqual(it.gone, []);
  }
});

test("what leads elsewhere is followed, and the mark of a failed press goes with the next one", async () => {
  const answers = [page(503), json(200, { message: "You answer this guest now.", next_url: "/bar/talk/5/" })];
  const it = someDeeds(() => answers.shift());
  await it.press();
  await it.press();
  assert.deepEqual(it.gone, ["/bar/talk/5/"]);
  assert.equal(it.marks.at(-1), "");
});

test("a plain form goes only where a bar answers, once, with its button", async () => {
  for (const there of [true, false]) {
    const lost = [], sent = [];
    const plain = new PlainForms({ address: () => "/", reachable: async () => there, onUnreachable: () => lost.push("lost") });
    const press = (form) => plain.submit({ target: form, submitter: "its button", preventDefault: () => sent.push("held") });
    const form = { requestSubmit: (button) => (sent.push(button), press(form)) };
    await press(form);
    assert.deepEqual([sent, lost], there ? [["held", "its button"], []] : [["held"], ["lost"]]);
  }
});

test("a bar answers that says anything but that it is away", async () => {
  const saying = (status) => ({ fetch: async () => ({ status }) });
  assert.deepEqual(await Promise.all([200, 302, 404, 429, 500, 502, 503].map((status) => isReachable("/", saying(status)))), [true, true, true, true, false, false, false]);
  assert.equal(await isReachable("/", { fetch: async () => { throw new TypeError("Failed to fetch"); } }), false);
  const hangs = (_, { signal }) => new Promise((_, lose) => signal.addEventListener("abort", () => lose(signal.reason)));
  const awake = setTimeout(() => {}, 5000);
  assert.equal(await isReachable("/", { fetch: hangs, timeoutMs: 5 }), false);
  clearTimeout(awake);
});
