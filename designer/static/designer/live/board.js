// @ts-check
/** The list of runs: when runs that it shows change, or new ones come, the list is fetched again as the server renders it. */

import { announce } from "./announce.js";
import { tell } from "./connection.js";
import { partNames, Parts } from "./parts.js";
import { LiveSocket } from "./socket.js";
import { showTimes } from "./times.js";

/** @typedef {{counts: {status: Record<string, number>, attention: Record<string, number>}, runs: {id: string, seq: number}[], more: boolean}} Board */

const AT_MOST_EVERY = 1_500;

const page = /** @type {HTMLElement} */ (document.getElementById("board"));
const names = partNames();
const parts = new Parts(location.pathname, dress, AT_MOST_EVERY);
const socket = new LiveSocket(() => page.dataset.socket ?? "", receive, tell, () => parts.ask(names));
/** @type {Map<string, number>} by run that is shown, its latest journal entry */
let shown = rows();
/** @type {Board["counts"] | null} */
let counts = null;

document.documentElement.classList.add("scripted");
socket.connect();

function rows() {
  const found = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("tr[data-run]"));
  return new Map([...found].map((row) => [row.dataset.run ?? "", Number(row.dataset.seq)]));
}

/** @param {any} frame */
function receive(frame) {
  if (frame.type !== "board") return;
  if (counts === null) follow();
  const changed = /** @type {Board} */ (frame).runs.some((run) => run.seq > (shown.get(run.id) ?? Infinity));
  const moved = counts === null || JSON.stringify(counts) !== JSON.stringify(frame.counts);
  if (counts && moved) tellAttention(counts.attention, frame.counts.attention);
  counts = frame.counts;
  document.dispatchEvent(new CustomEvent("sagaflow:attention", { detail: needing(frame.counts.attention) }));
  if (changed || frame.more || (moved && !new URLSearchParams(location.search).has("cursor"))) parts.age(names);
}

/**
 * The number of runs that need attention. A run that is only tried again does not.
 * @param {Record<string, number>} reasons
 */
function needing(reasons) {
  return Object.entries(reasons).reduce((sum, [reason, count]) => sum + (reason === "retrying" ? 0 : count), 0);
}

/** Ask the heartbeat to look after the runs that are shown. */
function follow() {
  socket.send({ type: "show", runs: [...shown.keys()].slice(0, 200) });
}

/** @param {HTMLElement} part */
function dress(part) {
  showTimes(part);
  const before = shown;
  shown = rows();
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (part.querySelectorAll("tr[data-run]"))) {
    row.classList.toggle("changed", Number(row.dataset.seq) !== before.get(row.dataset.run ?? ""));
  }
  follow();
}

/**
 * @param {Record<string, number>} before
 * @param {Record<string, number>} now
 */
function tellAttention(before, now) {
  for (const [reason, count] of Object.entries(now)) {
    if (count > (before[reason] ?? 0)) announce(reason, `${count} run${count === 1 ? " is" : "s are"} ${reason.replaceAll("_", " ")}`);
  }
}
