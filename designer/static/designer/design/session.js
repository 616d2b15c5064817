// @ts-check
/**
 * Sends the edits to the server, one after the other. An edit that is not confirmed yet is kept in the browser, also
 * when the page is closed, and is sent again with the same ID: so nothing is lost and nothing happens twice.
 *
 * Events: `state` (a new state came; `detail` is the entry that caused it), `saved` (the save state changed),
 * `refused` (`detail`: the message and the element).
 */

const AGAIN = 2_000;

export class Session extends EventTarget {
  /** @param {string} root the address of the page @param {State} state */
  constructor(root, state) {
    super();
    this.root = root;
    this.state = state;
    this.store = `sagaflow.design.${root}`;
    /** @type {Sent[]} */
    this.waiting = read(this.store);
    /** @type {Saved} */
    this.saved = "saved";
    this.why = "";
    this.busy = false;
    this.idle = Promise.resolve();
    /** What was asked about the state that is shown; an edit makes the answer an old one. */
    this.asking = new AbortController();
    this.timer = 0;
    window.addEventListener("online", () => this.pump());
    window.addEventListener("focus", () => this.refresh());
    window.addEventListener("beforeunload", (event) => {
      /** @type {HTMLElement | null} */ (document.activeElement)?.blur(); // what is typed there is sent, or kept
      if (this.saved === "not-saved" && this.waiting.length) event.preventDefault();
    });
    if (this.waiting.length) this.pump();
  }

  /** @param {Operation} operation */
  send(operation) {
    this.add({ to: "edit", operation });
  }

  /** @param {string} text the whole document @param {number} base the revision that it was made from */
  sendText(text, base) {
    this.add({ to: "code", text, base });
  }

  undo() {
    this.add({ to: "undo" });
  }

  redo() {
    this.add({ to: "redo" });
  }

  /**
   * Ask about an element, when no edit is on its way that could rename or remove it. An edit that begins meanwhile
   * takes the question back, and it is asked again after it.
   * @param {string} address @param {() => boolean} isWanted whether the answer is still needed
   * @returns {Promise<string | null>} null: the answer is not needed any more, or the server has none
   */
  async ask(address, isWanted) {
    for (;;) {
      do await this.idle; while (this.busy); // another edit may begin before this one goes on
      if (!isWanted()) return null;
      const { signal } = this.asking;
      const answer = await fetch(address, { signal }).then((response) => (response.ok ? response.text() : null)).catch(() => null);
      if (!signal.aborted) return answer;
    }
  }

  /** @param {Omit<Sent, "id">} sent */
  add(sent) {
    this.asking.abort();
    this.asking = new AbortController();
    this.waiting.push({ id: newId(), ...sent });
    this.keep();
    this.pump();
  }

  keep() {
    if (this.waiting.length) localStorage.setItem(this.store, JSON.stringify(this.waiting));
    else localStorage.removeItem(this.store);
  }

  /** Send what waits, until all is confirmed or the server cannot be reached. */
  pump() {
    if (!this.busy) this.idle = this.work();
    return this.idle;
  }

  async work() {
    this.busy = true;
    clearTimeout(this.timer);
    while (this.waiting.length) {
      if (this.saved !== "offline") this.tell("saving");
      if (!(await this.post(this.waiting[0]))) break;
      this.waiting.shift();
      this.keep();
    }
    this.busy = false;
    if (!this.waiting.length && this.saved !== "not-saved") this.tell("saved");
  }

  /** @param {Sent} sent @returns {Promise<boolean>} whether it is done with, for good or for bad */
  async post(sent, again = false) {
    const { id, to, operation, text, base } = sent;
    const body = JSON.stringify({ id, revision: base ?? this.state.revision, ...(operation && { operation }), ...(text !== undefined && { text }) });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token() };
    let answer;
    try {
      answer = await fetch(`${this.root}${to}/`, { method: "POST", headers, body, redirect: "error" });
    } catch {
      this.tell("offline");
      this.timer = setTimeout(() => this.pump(), AGAIN);
      return false;
    }
    const data = await answer.json().catch(() => null);
    if (answer.ok && data) {
      if (this.saved === "not-saved") this.tell("saving");
      this.take(data, sent);
      return true;
    }
    if (answer.status === 403 && !again && (await this.renewToken())) return this.post(sent, true);
    const message = data?.error?.message ?? "The server could not save this.";
    if (answer.status === 403 || answer.status === 404 || answer.status >= 500) {
      this.tell("not-saved", message);
      if (answer.status !== 404) this.timer = setTimeout(() => this.pump(), 3 * AGAIN);
      return false;
    }
    if (answer.status === 409) await this.refresh(true);
    this.dispatchEvent(new CustomEvent("refused", { detail: { message, element: data?.error?.element ?? "", sent } }));
    return true;
  }

  /** @param {State} state @param {Sent | null} sent */
  take(state, sent) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: sent }));
  }

  /** Ask for the state: another tab, or another user, may have changed the draft. */
  async refresh(now = false) {
    if (!now && (this.busy || this.waiting.length)) return;
    try {
      const answer = await fetch(`${this.root}state/`, { redirect: "error" });
      const state = answer.ok ? await answer.json() : null;
      if (state && state.revision !== this.state.revision) this.take(state, null);
    } catch {
      // the next edit tells
    }
  }

  /** After a new log-in the token of the page is an old one. @returns {Promise<boolean>} */
  async renewToken() {
    try {
      const page = new DOMParser().parseFromString(await (await fetch(this.root)).text(), "text/html");
      const fresh = page.querySelector("#design [name=csrfmiddlewaretoken]")?.getAttribute("value");
      const old = token();
      for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) if (fresh) field.setAttribute("value", fresh);
      return Boolean(fresh) && fresh !== old;
    } catch {
      return false;
    }
  }

  /** @param {Saved} saved @param {string} [why] */
  tell(saved, why = "") {
    if (saved === this.saved && why === this.why) return;
    [this.saved, this.why] = [saved, why];
    this.dispatchEvent(new CustomEvent("saved"));
  }
}

/** @param {string} key @returns {any[]} the list that the browser keeps */
export function read(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function newId() {
  return globalThis.crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

function token() {
  return document.querySelector("#design [name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
}
