// What was said from the moment a browser began to listen until it stopped, out of all the results that it gives.
//
// By the specification a final result never changes and the next one goes on behind it. Chrome on Android calls every
// draft final (its confidence is then 0), says the whole again with each new word, gives the last one twice, and at
// times begins its list anew. So nothing is added up as it comes: each time the whole list is read.

const DIGITS = {
  one: "1", two: "2", three: "3", four: "4", five: "5", six: "6", seven: "7", eight: "8", nine: "9", ten: "10",
  uno: "1", dos: "2", tres: "3", cuatro: "4", cinco: "5", seis: "6", siete: "7", ocho: "8", nueve: "9", diez: "10",
};

export class Utterance {
  #earlierFinals = []; // what an earlier list of the same listening had settled
  #list = [];

  /** `results` is the whole list of a result event; where the event says that news begin is not asked. */
  update(results) {
    const list = Array.from(results, (one) => ({
      text: (one[0]?.transcript ?? "").trim(),
      final: Boolean(one.isFinal),
      draft: one[0]?.confidence === 0,
    }));
    if (hasRestarted(this.#list, list)) this.#earlierFinals.push(...finals(this.#list));
    this.#list = list;
  }

  /** All that was understood, drafts included. */
  get text() {
    return joined([
      ...this.#earlierFinals,
      ...finals(this.#list),
      ...this.#list.filter((one) => !one.final).map((one) => one.text),
    ]);
  }

  /** Only what the browser said it was sure of. */
  get finalText() {
    return joined([...this.#earlierFinals, ...finals(this.#list)]);
  }
}

/** A draft that calls itself final is none once a sure result has come after it. */
function finals(list) {
  const sure = list.findLastIndex((one) => one.final && !one.draft);
  return list.filter((one, at) => one.final && !(one.draft && at < sure)).map((one) => one.text);
}

function hasRestarted(before, now) {
  if (!before.some((one) => one.final)) return false;
  if (now.length < before.length) return true;
  return before.some((one, at) => one.final && isOtherSentence(one, now[at].text));
}

/** A draft that grows is corrected; one that is suddenly short is another sentence. */
function isOtherSentence({ text, draft }, now) {
  return !isPrefix(text, now) && !isPrefix(now, text) && (!draft || now.length < text.length);
}

/** The phrases one behind the other; what says again what stands there already takes its place. */
function joined(candidates) {
  const phrases = [];
  for (const part of candidates) {
    const all = phrases.join(" "), last = phrases.at(-1) ?? "";
    if (isPrefix(all, part)) phrases.splice(0, phrases.length, part);
    else if (isPrefix(last, part)) phrases.splice(-1, 1, part);
    else if (!isPrefix(part, last) && !isPrefix(part, all)) phrases.push(part);
  }
  return phrases.join(" ").trim();
}

const isPrefix = (short, long) => normalised(long).startsWith(normalised(short));

/** Browsers change their mind about capitals, stops and "two" or "2" while a sentence grows. */
function normalised(text) {
  const words = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim().split(" ");
  return words.map((word) => DIGITS[word] ?? word).join(" ");
}
