// The conversation on the page. A turn is known by its id: the page makes it, the server keeps it.

export class Transcript {
  #list; #template; #announcer;
  #turns = new Map();

  constructor({ list, template, announcer }) {
    this.#list = list;
    this.#template = template;
    this.#announcer = announcer;
    for (const row of list.querySelectorAll("[data-turn]")) this.#turns.set(row.dataset.turn, row);
  }

  /** What the guest has just said, shown at once and marked until the bar has it. */
  addPending(id, text) {
    const row = this.#row(id, text);
    row.dataset.state = "pending";
    return row;
  }

  /** What is being said right now, as far as it is understood. */
  showInterim(id, text) {
    const row = this.#row(id, text);
    row.dataset.state = "hearing";
    row.querySelector(".said .words").textContent = text;
    row.querySelector(".said").hidden = !text;
  }

  /** It was nothing after all. */
  removeInterim(id) {
    const row = this.#turns.get(id);
    if (row?.dataset.state !== "hearing") return;
    row.remove();
    this.#turns.delete(id);
  }

  confirm(id, text) {
    delete this.#row(id, text).dataset.state;
  }

  /** `who`: whose words they are, where they are not Maya's. */
  startReply(id, who = "Maya") {
    const reply = this.#reply(id);
    reply.box.querySelector(".who").textContent = who;
    reply.words.textContent = "";
    reply.box.classList.add("waiting");
  }

  appendReply(id, text) {
    const reply = this.#reply(id);
    reply.box.classList.remove("waiting");
    reply.box.classList.add("pouring");
    reply.words.textContent += text;
  }

  /** Read out only now, as a whole: a screen reader is not to chatter along. */
  endReply(id) {
    const reply = this.#reply(id);
    reply.box.classList.remove("waiting", "pouring");
    if (!reply.words.textContent.trim()) reply.box.hidden = true;
    this.#announcer.textContent = reply.words.textContent;
  }

  /** Where an answer is from: small marks that open the passages. A server's row has its own already. */
  showCitations(id, passages) {
    const place = this.#turns.get(id)?.querySelector(".sources[data-passage]");
    if (!place) return;
    place.hidden = false;
    place.replaceChildren(...passages.map(({ id: number, title }) => {
      const mark = document.createElement("a");
      mark.href = place.dataset.passage.replace(/0\/$/, `${Number(number)}/`);
      mark.textContent = title;
      return mark;
    }));
  }

  /** It was refused at the door, so it was not said: its words, for the guest to say again; "" if there are none. */
  takeBack(id) {
    const row = this.#turns.get(id);
    if (!["pending", "hearing"].includes(row?.dataset.state)) return "";
    row.remove();
    this.#turns.delete(id);
    return row.querySelector(".said .words").textContent;
  }

  /** The conversation as the server has it; what it has not got yet stays at the end. */
  replay(turns) {
    const waiting = [...this.#turns.values()].filter((row) => row.dataset.state === "pending");
    for (const { id, guest_text: text, reply_text: reply, citations, who } of turns) {
      this.confirm(id, text);
      if (reply) this.#replace(id, reply, who);
      if (citations?.length) this.showCitations(id, citations);
    }
    for (const row of waiting) if (row.dataset.state === "pending") this.#list.append(row);
  }

  #replace(id, text, who = "Maya") {
    const reply = this.#reply(id);
    reply.box.querySelector(".who").textContent = who;
    reply.box.classList.remove("waiting", "pouring");
    reply.words.textContent = text;
  }

  #reply(id) {
    const box = this.#row(id, "").querySelector(".reply");
    box.hidden = false;
    return { box, words: box.querySelector(".words") };
  }

  #row(id, text) {
    if (this.#turns.has(id)) return this.#turns.get(id);
    const row = this.#template.content.firstElementChild.cloneNode(true);
    row.dataset.turn = id;
    row.classList.add("fresh");
    row.querySelector(".said .words").textContent = text;
    row.querySelector(".said").hidden = !text;
    this.#turns.set(id, row);
    this.#list.append(row);
    return row;
  }
}
