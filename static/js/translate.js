// The page's own sentences in the guest's language. The page brings them; without them they stay English.

let translations;

/** `values` fill the places that are written {so}. */
export function t(text, values = {}) {
  translations ??= JSON.parse(globalThis.document?.getElementById?.("words")?.dataset.words ?? "{}");
  return (translations[text] ?? text).replace(/\{(\w+)\}/g, (match, name) => values[name] ?? match);
}
