// Words that were refused at the door: they stand in the field again, also after a reload, until they are said.

export class Draft {
  #field; #storage; #key; #returned = "";

  /** `key`: whose words they are; the next guest of this window does not find them. */
  constructor({ field, storage, key }) {
    this.#field = field;
    this.#storage = storage;
    this.#key = key;
    if (!field.value) field.value = storage.getItem(key) ?? "";
    field.addEventListener("input", () => storage.getItem(key) !== null && this.#keep());
  }

  /** Before what is being written by now, and behind what came back a moment ago. */
  giveBack(words) {
    if (!words) return;
    const { value } = this.#field;
    const before = value.startsWith(this.#returned) ? this.#returned : "";
    const after = value.slice(before.length).trimStart();
    this.#returned = [before, words].filter(Boolean).join(" ");
    this.#field.value = [this.#returned, after].filter(Boolean).join(" ");
    this.#keep();
  }

  clear() {
    this.#returned = "";
    this.#storage.removeItem(this.#key);
  }

  #keep() {
    this.#storage.setItem(this.#key, this.#field.value);
  }
}
