// The page's own sentences in the guest's language. The page brings them; without them they stay English.

let words;

/** `values` fill the places that are written {so}. */
export function t(text, values = {}) {
  words ??= JSON.parse(globalThis.document?.getElementById?.("words")?.dataset.words ?? "{}");
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
