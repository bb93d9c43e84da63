// The bar display's own logic: what keeps its digit, how old a ticket looks, how a line comes back.
import assert from "node:assert/strict";
import test from "node:test";

import { WaitingTimes, ageCategory, formatDuration } from "../../static/js/display/waiting-time.js";
import { KeyboardShortcuts } from "../../static/js/display/keyboard.js";
import { DisplayStream } from "../../static/js/display/display-stream.js";
import { TicketDigits } from "../../static/js/display/ticket-digits.js";
import { SteadyFinger } from "../../static/js/display/steady-finger.js";

test("a ticket keeps its digit while others come and go", () => {
  const slots = new TicketDigits();
  slots.assign(["a", "b", "c"]);
  assert.equal(slots.ticketOf("2"), "b");
  slots.assign(["c", "b", "d"]);
  assert.equal(slots.ticketOf("2"), "b");
  assert.equal(slots.ticketOf("3"), "c");
  assert.equal(slots.ticketOf("1"), "d");
});

test("the tenth ticket has no digit until one is free", () => {
  const slots = new TicketDigits();
  const ten = [..."abcdefghij"];
  assert.equal(slots.assign(ten).get("j"), undefined);
  assert.equal(slots.assign(ten.slice(1)).get("j"), "1");
});

test("a second press of the same finger does not hit the row that has come under it", () => {
  let now = 0;
  const finger = new SteadyFinger({ now: () => now });
  const press = (button, x = 100) => finger.accepts({ x, y: 50, button });
  assert.equal(press("seen to: ada"), true);
  now = 300;
  assert.equal(press("seen to: ada"), true); // the same button, such as one that did not reach the bar
  assert.equal(press("seen to: ben"), false);
  assert.equal(press("seen to: ben", 400), true); // elsewhere: it was looked for
  now = 1100;
  assert.equal(press("seen to: cy", 400), true); // whoever works down a list looks first
  now = 2100; // the answer took its time, and the row goes only now
  finger.moved();
  now = 2500;
  assert.equal(press("seen to: dan", 400), false);
  finger.moved(); // what others do holds nobody back
  now = 2900;
  assert.equal(press("seen to: dan", 400), true);
});

test("a ticket grows old at the limits that the server names", () => {
  const limits = { late: 240, over: 480 };
  assert.deepEqual([0, 239, 240, 479, 480].map((seconds) => ageCategory(seconds, limits)), ["calm", "calm", "late", "late", "over"]);
  assert.equal(formatDuration(605), "10:05");
});

class Clock {
  now = 0;
  timers = new Map();
  #next = 1;
  setTimeout = (work, wait) => (this.timers.set(this.#next, { work, at: this.now + wait }), this.#next++);
  clearTimeout = (id) => this.timers.delete(id);
  pass(milliseconds) {
    const until = this.now + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].work();
    }
    this.now = until;
  }
}

function aLine() {
  const clockwork = new Clock();
  const sockets = [], states = [], heard = [];
  const open = () => {
    const socket = { sent: [], send: (text) => socket.sent.push(text), close: () => socket.onclose?.() };
    sockets.push(socket);
    return socket;
  };
  const line = new DisplayStream({
    open, clock: clockwork, random: () => 0.5, onMessage: (message) => heard.push(message.kind), onState: (state) => states.push(state),
  });
  line.connect();
  const tell = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
  return { line, clock: clockwork, sockets, states, heard, tell };
}

test("a line that falls silent is given up and sought again", () => {
  const it = aLine();
  it.tell({ kind: "fragments", fragments: {} });
  assert.equal(it.line.live, true);
  it.clock.pass(15_000);
  assert.deepEqual(it.sockets[0].sent, ["ping"]);
  it.clock.pass(6_000);
  assert.deepEqual(it.states, ["live", "lost"]);
  it.clock.pass(500);
  assert.equal(it.sockets.length, 2);
  it.tell({ kind: "fragments", fragments: {} });
  assert.deepEqual(it.states, ["live", "lost", "live"]);
});

test("a line that is answered stays", () => {
  const it = aLine();
  it.tell({ kind: "fragments", fragments: {} });
  for (let beat = 0; beat < 5; beat += 1) {
    it.clock.pass(15_000);
    it.tell({ kind: "pong", now: 1 });
  }
  assert.equal(it.sockets.length, 1);
  assert.equal(it.sockets[0].sent.length, 5);
});

test("a goodbye without a time to come back is final", () => {
  const it = aLine();
  it.tell({ kind: "bye", reason: "log in", retry_after: null });
  it.sockets[0].onclose();
  it.clock.pass(60_000);
  assert.equal(it.sockets.length, 1);
  assert.deepEqual(it.heard, ["bye"]);
});

test("a restart is waited for as long as the server asks", () => {
  const it = aLine();
  it.tell({ kind: "fragments", fragments: {} });
  it.tell({ kind: "bye", reason: "the bar restarts", retry_after: 4 });
  it.sockets[0].onclose();
  it.clock.pass(3_900);
  assert.equal(it.sockets.length, 1);
  it.clock.pass(200);
  assert.equal(it.sockets.length, 2);
});

function someKeys(kept = new Map()) {
  const pressed = [];
  const deed = (name) => (...what) => (pressed.push([name, ...what].join(" ")), true);
  const board = Object.fromEntries(["bump", "bumpChosen", "recall", "choose", "eightySix", "sound"].map((name) => [name, deed(name)]));
  let toggle;
  const button = { addEventListener: (_, work) => (toggle = work), dataset: {} };
  const store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  const keys = new KeyboardShortcuts({ button, help: {}, storage: store, board });
  const press = (key, target = {}, more = {}) => {
    let prevented = false;
    keys.handleKey({ key, target: { closest: () => null, ...target }, preventDefault: () => (prevented = true), ...more });
    return prevented;
  };
  return { press, pressed, toggle: () => toggle(), kept };
}

test("keys do what the help says, and nothing while somebody types or holds Ctrl", () => {
  const it = someKeys();
  for (const key of ["3", "R", "x", "s", "ArrowDown", "ArrowLeft", "Enter"]) assert.equal(it.press(key), true, key);
  assert.deepEqual(it.pressed, ["bump 3", "recall", "eightySix", "sound", "choose 1", "choose -1", "bumpChosen"]);
  assert.equal(it.press("r", { closest: () => ({}) }), false);
  assert.equal(it.press("r", {}, { ctrlKey: true }), false);
  assert.equal(it.press("q"), false);
  assert.equal(it.pressed.length, 7);
});

test("keys can be switched off, and stay off", () => {
  const it = someKeys();
  it.toggle();
  assert.equal(it.press("3"), false);
  assert.equal(someKeys(it.kept).press("3"), false);
});

test("the seconds to undo are counted by the server's clock, and the sign goes with the last", () => {
  const place = { textContent: "" };
  const row = { dataset: { until: "1000" }, hidden: false, querySelector: () => place };
  const page = { querySelectorAll: (selector) => (selector === "[data-until]" ? [row] : []) };
  const times = new WaitingTimes({ page, limits: { late: 240, over: 480 } });
  times.setServerTime(992.5);
  times.update();
  assert.deepEqual([place.textContent, row.hidden], ["8", false]);
  times.setServerTime(1000.2);
  times.update();
  assert.deepEqual([place.textContent, row.hidden], ["0", true]);
});
