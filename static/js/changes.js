// Messages that say what changed, put together to the whole again. The first of a kind is the whole.

/** A list made of runs of the one before, `[first, count]`, and of what is new, `{ add: [...] }`. */
function assemble(before, edits) {
  return edits.flatMap((edit) => (Array.isArray(edit) ? before.slice(edit[0], edit[0] + edit[1]) : edit.add));
}

export class Changes {
  #known = new Map(); // by kind: { revision, content }

  /** For a stream that begins anew: whatever was known may be old. */
  forget() {
    this.#known.clear();
  }

  /**
   * The whole content, and the names of the fields that are not as they were; null where the message changes
   * something that never came. A message without a revision is the whole, and nothing is remembered of it.
   */
  read({ kind, revision, base, ...rest }) {
    if (revision === undefined) return { content: rest, changed: Object.keys(rest) };
    if (base === undefined) {
      this.#known.set(kind, { revision, content: rest });
      return { content: rest, changed: Object.keys(rest) };
    }
    const before = this.#known.get(kind);
    if (before?.revision !== base) return null;
    const { set = {}, lists = {}, gone = [] } = rest;
    const content = { ...before.content, ...set };
    for (const [name, edits] of Object.entries(lists)) content[name] = assemble(before.content[name], edits);
    for (const name of gone) delete content[name];
    this.#known.set(kind, { revision, content });
    return { content, changed: [...Object.keys(set), ...Object.keys(lists), ...gone] };
  }
}

/** The HTML of the fragments that changed, by name: a fragment comes in chunks. */
export function changedFragments({ content, changed }) {
  const lists = changed.filter((name) => Array.isArray(content[name]));
  return Object.fromEntries(lists.map((name) => [name, content[name].join("")]));
}
