// @ts-check
/**
 * A socket that reconnects: after a lost connection with growing pauses, after a sleep at once. A missing heartbeat shows
 * that a connection is dead. If connections are refused but the site answers, it polls by HTTP.
 */

const SILENCE = 16_000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 15_000;
const LONGEST_PAUSE_BLOCKED = 60_000;
const STABLE = 5_000;
/** After this number of connections in a row without a frame, the page polls by HTTP. */
const REFUSALS = 3;
const POLL_EVERY = 10_000;
const LONGEST_POLL_PAUSE = 120_000;
/** The close codes after which the page does not reconnect, with the reason to show. */
const FINAL = new Map([
  [4400, "the page is outdated: reload it"],
  [4401, "you are logged out: reload to log in"],
  [4403, "you no longer have permission to watch this"],
  [4404, "the run does not exist"],
  [4409, "you have too many live pages open: close some, then reload"],
  [4429, "too many messages at once: reload"],
]);

/** @typedef {"on" | "connecting" | "polling" | "off" | "ended"} Connection */

export class LiveSocket {
  /**
   * @param {() => string} address path and query, called for every connection
   * @param {(frame: any) => void} receive
   * @param {(state: Connection, words: string) => void} tell
   * @param {() => Promise<boolean>} ask updates the page by HTTP; returns false if the site did not answer
   */
  constructor(address, receive, tell, ask) {
    this.address = address;
    this.receive = receive;
    this.tell = tell;
    this.ask = ask;
    this.refused = 0;
    this.polling = false;
    this.poller = 0;
    this.pollPause = POLL_EVERY;
    this.pause = FIRST_PAUSE;
    this.opened = 0;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.watchdog = 0;
    this.timer = 0;
    this.over = false;
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.awake());
    window.addEventListener("online", () => this.awake());
    window.addEventListener("offline", () => this.drop());
    window.addEventListener("pageshow", (event) => event.persisted && this.awake());
    window.addEventListener("pagehide", () => this.socket?.close());
  }

  connect() {
    if (this.over) return;
    clearTimeout(this.timer);
    this.retire();
    if (!this.polling) this.tell("connecting", "connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}${this.address()}`);
    this.socket = socket;
    this.opened = 0;
    this.heard();
    socket.onmessage = (event) => {
      this.heard();
      this.opened ||= Date.now();
      this.refused = 0;
      this.polling = false;
      clearTimeout(this.poller);
      this.tell("on", "live");
      this.receive(JSON.parse(event.data));
    };
    socket.onclose = (event) => this.socket === socket && this.lost(event.code);
  }

  /** @param {object} frame */
  send(frame) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Connect again at once: the address changed, or the machine slept. */
  reconnect() {
    this.pause = FIRST_PAUSE;
    this.connect();
  }

  awake() {
    const silent = Date.now() - this.lastHeard;
    if (!this.socket || this.socket.readyState > WebSocket.OPEN || silent > SILENCE / 2) this.reconnect();
  }

  heard() {
    this.lastHeard = Date.now();
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.drop(), SILENCE);
  }

  /** The heartbeat is missing: the connection is dead. */
  drop() {
    if (!this.socket) return;
    this.retire();
    this.lost(1006);
  }

  retire() {
    const old = this.socket;
    this.socket = null;
    if (old) {
      old.onclose = old.onmessage = null;
      old.close();
    }
  }

  /** @param {number} code */
  lost(code) {
    clearTimeout(this.watchdog);
    this.socket = null;
    const words = FINAL.get(code);
    if (words) {
      this.over = true;
      clearTimeout(this.poller);
      this.tell("ended", `not live: ${words}`);
      return;
    }
    if (this.opened && Date.now() - this.opened > STABLE) this.pause = FIRST_PAUSE;
    this.refused = this.opened ? 0 : this.refused + 1;
    this.opened = 0;
    if (!this.polling) this.tell("off", "not live: connection lost, reconnecting");
    if (this.refused === REFUSALS) this.poll();
    this.timer = setTimeout(() => this.connect(), this.pause * (0.75 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, this.polling ? LONGEST_PAUSE_BLOCKED : LONGEST_PAUSE);
  }

  /** Poll by HTTP until a connection brings a frame. A hidden page does not poll. */
  async poll() {
    clearTimeout(this.poller);
    const answered = document.visibilityState === "visible" ? await this.ask() : this.polling;
    if (this.over || this.refused < REFUSALS) return;
    this.polling = answered;
    if (answered) this.tell("polling", `updates every ${POLL_EVERY / 1000} s; live connection blocked`);
    else this.tell("off", "not live: connection lost, reconnecting");
    this.pollPause = answered ? POLL_EVERY : Math.min(this.pollPause * 2, LONGEST_POLL_PAUSE);
    this.poller = setTimeout(() => this.poll(), this.pollPause);
  }

  lastHeard = 0;
}
