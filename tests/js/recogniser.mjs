// A browser's recognition on a page: what it says is scripted, and what the page makes of it is written down.
import { BrowserRecognition } from "../../static/js/microphone/browser-recognition.js";

export const draft = (transcript) => ({ transcript, confidence: 0, isFinal: true }); // Chrome on Android
export const sure = (transcript) => ({ transcript, confidence: 0.91, isFinal: true });
export const maybe = (transcript) => ({ transcript, confidence: 0.01, isFinal: false });
export const bare = (transcript) => ({ transcript, isFinal: true }); // no word of how sure it is

/** As a browser hands them over: a list-like of results, each a list-like of alternatives. */
export function results(list) {
  const made = list.map(({ transcript, confidence, isFinal }) => ({ 0: { transcript, confidence }, length: 1, isFinal }));
  return { ...made, length: made.length };
}

/** A page with a browser's recognition; `hears` is one result event with the list as it then is. */
export function page({ isHeld = false } = {}) {
  const did = [], shown = [], made = [], timers = new Map();
  let ids = 0, keys = 0;
  const microphone = {
    isHeld,
    recognitionStarted: () => did.push("listens"),
    recognitionEnded: (why) => did.push(`lost ${why}`),
    speechDetected: () => {},
  };
  const recognition = new BrowserRecognition({
    make: () => made[made.push({ start() {}, stop() { this.stopped = true; }, abort() { this.aborted = true; } }) - 1],
    newId: () => `turn ${(ids += 1)}`,
    sendText: (text, id) => did.push(`${id}: ${text}`),
    transcript: { showInterim: (_id, text) => shown.push(text), removeInterim: (id) => did.push(`forgets ${id}`) },
    clock: { setTimeout: (work, ms) => timers.set((keys += 1), { work, ms }) && keys, clearTimeout: (key) => timers.delete(key) },
  });
  recognition.start(microphone);
  const one = () => made.at(-1);
  const pass = () => {
    const [[key, { work, ms }]] = timers;
    timers.delete(key);
    work();
    return ms;
  };
  const hears = (list, resultIndex = 0) => one().onresult({ resultIndex, results: results(list) });
  return { did, shown, made, microphone, recognition, one, hears, pass, timers };
}

/** What is sent of one listening, whose events bring these lists. */
export function said(...lists) {
  const bar = page();
  for (const list of lists) bar.hears(list);
  bar.one().onend();
  return bar.did;
}
