import assert from "node:assert/strict";
import { test } from "node:test";
import { GuestStream } from "../../static/js/guest-stream.js";

class Clock {
  now = 0; #next = 1; #timers = new Map();
  setTimeout(work, wait) { this.#timers.set(this.#next, { work, at: this.now + wait }); return this.#next++; }
  clearTimeout(id) { this.#timers.delete(id); }
  pass(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.now = due[1].at;
      due[1].work();
    }
    this.now = end;
  }
}

class Line {
  sent = []; closed = false;
  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.closed = true; }
  hear(type, data = {}, id = "s") { this.onmessage({ data: JSON.stringify({ label: "rtvi-ai", type, id, data }) }); }
  news(kind, said = {}) { this.hear("server-message", { kind, ...said }); }
  welcome(turns = []) { this.onopen(); this.hear("bot-ready", { version: "2.1.0" }); this.news("history", { turns }); }
  of(type) { return this.sent.filter((message) => message.type === type); }
}

function bar() {
  const clock = new Clock(), lines = [], states = [], heard = [];
  let number = 0;
  const socket = new GuestStream({
    open: () => { lines.push(new Line()); return lines.at(-1); },
    clock, random: () => 0.5, newId: () => `id${++number}`,
    onMessage: (message) => heard.push(message), onState: (state) => states.push(state),
  });
  socket.connect();
  return { socket, clock, lines, states, heard, line: () => lines.at(-1) };
}

test("a guest is live once the bar has told the conversation", () => {
  const { socket, line, states } = bar();
  line().onopen();
  assert.deepEqual(line().of("client-ready")[0].data.version, "2.1.0");
  assert.equal(socket.live, false);
  line().welcome();
  assert.deepEqual(states, ["connecting", "live"]);
});

test("what is said while the line is down is said after the reconnect, once and under the same id", () => {
  const { socket, clock, line, lines } = bar();
  line().welcome();
  line().onclose();
  socket.sendText("a negroni", "turn1");
  clock.pass(600);
  assert.equal(lines.length, 2);
  line().welcome();
  assert.deepEqual(line().of("send-text").map(({ id, data }) => [id, data.content]), [["turn1", "a negroni"]]);
});

test("a message the bar has heard is not sent again", () => {
  const { socket, clock, line } = bar();
  line().welcome();
  socket.sendText("a negroni", "turn1");
  line().hear("user-llm-text", { text: "a negroni" }, "turn1");
  line().onclose();
  clock.pass(600);
  line().welcome();
  assert.deepEqual(line().of("send-text"), []);
});

test("an unacknowledged message that the history knows is not sent again", () => {
  const { socket, clock, line } = bar();
  line().welcome();
  socket.sendText("a negroni", "turn1");
  line().onclose();
  clock.pass(600);
  line().welcome([{ id: "turn1", said: "a negroni", reply: "On it." }]);
  assert.deepEqual(line().of("send-text"), []);
  assert.deepEqual(socket.unacknowledged, []);
});

test("a pressed button without an answer is pressed again under the same id", () => {
  const { socket, clock, line } = bar();
  line().welcome();
  const id = socket.sendAction("tap-item", { item: "IPA", quantity: 1, modifiers: [] });
  line().onclose();
  clock.pass(600);
  line().welcome();
  assert.deepEqual(line().of("client-message").map((message) => message.id), [id]);
  line().hear("server-response", { t: "tap-item", d: { ok: true } }, id);
  assert.deepEqual(socket.unacknowledged, []);
});

test("a refusal is an answer", () => {
  const { socket, line } = bar();
  line().welcome();
  const id = socket.sendAction("undo");
  line().hear("error-response", { error: "I don't see anything to undo on your tab." }, id);
  assert.deepEqual(socket.unacknowledged, []);
});

test("each failed try waits longer, and the fourth is called offline", () => {
  const { clock, lines, states, line } = bar();
  line().welcome();
  const gaps = [];
  for (let i = 0; i < 5; i += 1) {
    line().onclose();
    const [before, count] = [clock.now, lines.length];
    while (lines.length === count) clock.pass(50);
    gaps.push(clock.now - before);
  }
  assert.deepEqual(gaps, [500, 1000, 2000, 4000, 8000]);
  assert.deepEqual(states, ["connecting", "live", "reconnecting", "offline"]);
  line().welcome();
  assert.equal(states.at(-1), "live");
});

test("a line that is silent after a heartbeat is dead", () => {
  const { clock, line, lines, states } = bar();
  const first = line();
  first.welcome();
  clock.pass(20_000);
  assert.equal(first.of("client-message").at(-1).data.t, "ping");
  clock.pass(8_000);
  assert.equal(first.closed, true);
  assert.equal(states.at(-1), "reconnecting");
  clock.pass(600);
  assert.equal(lines.length, 2);
});

test("an answered heartbeat keeps the line", () => {
  const { clock, line, lines } = bar();
  line().welcome();
  for (let i = 0; i < 5; i += 1) {
    clock.pass(20_000);
    line().hear("server-response", { t: "ping" }, "x");
  }
  assert.equal(lines.length, 1);
});

test("a goodbye for good is believed, and one with a time is waited for", () => {
  const restart = bar();
  restart.line().welcome();
  restart.line().news("bye", { reason: "the bar restarts", retry_after: 3 });
  restart.line().onclose();
  restart.clock.pass(2_900);
  assert.equal(restart.lines.length, 1);
  restart.clock.pass(200);
  assert.equal(restart.lines.length, 2);

  const over = bar();
  over.line().welcome();
  over.line().news("bye", { reason: "visit over", retry_after: null });
  over.line().onclose();
  over.clock.pass(60_000);
  assert.equal(over.lines.length, 1);
  assert.equal(over.states.at(-1), "over");
});

test("a page that was never live leaves its forms alone; one that was keeps the guest's words", () => {
  const { socket, clock, line } = bar();
  assert.equal(socket.accepts, false);
  line().onclose();
  assert.equal(socket.accepts, false);
  clock.pass(600);
  line().welcome();
  assert.equal(socket.accepts, true);
  line().onclose();
  assert.equal(socket.accepts, true);
});

test("an old line's last breath does not disturb the new one", () => {
  const { clock, line, lines, states } = bar();
  const old = line();
  old.welcome();
  old.onclose();
  clock.pass(600);
  line().welcome();
  old.onclose();
  assert.equal(lines.length, 2);
  assert.equal(states.at(-1), "live");
});
