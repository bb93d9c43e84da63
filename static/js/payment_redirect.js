// The way to the till: once the guest has said yes here, this window follows the link that the bar makes.

export class PaymentRedirect {
  #go; #isConfirmed = false;

  constructor({ go }) {
    this.#go = go;
  }

  /** The guest pressed yes in this window. */
  confirmed() {
    this.#isConfirmed = true;
  }

  /** `status` and `url` of the newest payment. A link is followed once; to stay takes the yes back. */
  show({ status, url }) {
    const link = this.#isConfirmed && status === "link_open" && url;
    if (link || status !== "created") this.#isConfirmed = false;
    if (link) this.#go(url);
  }
}
