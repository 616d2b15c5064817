// @ts-check
/** The page of a run: paint at once what the socket tells, and fetch the parts that have become old. */

import { announce } from "./announce.js";
import { tell } from "./connection.js";
import { forget, paint, repaint } from "./paint.js";
import { partNames, Parts } from "./parts.js";
import { select, usePicture } from "./picture.js";
import { LiveSocket } from "./socket.js";
import { State } from "./state.js";
import { followHash, makeTabs } from "./tabs.js";
import { showTimes } from "./times.js";

const page = /** @type {HTMLElement} */ (document.getElementById("run"));
const state = new State(Number(page.dataset.seq));
const parts = new Parts(page.dataset.parts ?? "", dress);
/** The parts that a change of the run makes old: all but the one that is painted. */
const changing = partNames(":not([data-painted])");
const socket = new LiveSocket(address, receive, tell, ask);
keepFolds();
let drawn = fold();
/** Whether the last heartbeat told of entries that had not come: with the next one that is a lost frame. */
let behind = false;

document.documentElement.classList.add("scripted");
dress(document.body);
followHash();
window.addEventListener("hashchange", followHash);
window.addEventListener("popstate", () => show(["picture", "step", "timeline"]));
document.addEventListener("click", followLink);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shownStep()) close();
});
socket.connect();

/** @param {HTMLElement} root a part that is new on the page, or the whole page */
function dress(root) {
  showTimes(root);
  makeTabs(root, () => parts.plan());
  const picture = root.dataset.part === "picture" ? root : root.querySelector("[data-part=picture]");
  if (picture) {
    usePicture(/** @type {HTMLElement} */ (picture), open);
    repaint();
  }
  select(shownStep());
}

/** The picture is fetched as well: without a socket, nothing paints it. */
function ask() {
  forget();
  return parts.ask(partNames());
}

function address() {
  const folded = fold();
  return `${page.dataset.socket}${folded ? `?fold=${encodeURIComponent(folded)}` : ""}`;
}

/** @param {any} frame */
function receive(frame) {
  if (frame.type === "beat") {
    const old = behind;
    behind = frame.seq > state.seq;
    if (old && behind) socket.send({ type: "catch_up" });
    if (Object.values(state.steps).some((step) => step.status === "running")) parts.age(["timeline"]);
    return;
  }
  const [before, seq] = [state.status, state.seq];
  if (state.apply(frame) === "gap") {
    socket.send({ type: "catch_up" });
    return;
  }
  paint(frame.paint);
  tellChanges(frame, before);
  page.dataset.seq = String(state.seq);
  if (frame.seq !== seq || frame.type === "delta") parts.age(changing);
}

/**
 * @param {import("./state.js").Frame} frame
 * @param {string} before
 */
function tellChanges(frame, before) {
  if (frame.type === "snapshot") return;
  for (const [name, step] of Object.entries(frame.steps)) announce(name, `${step.title}: ${step.words}`);
  if (frame.status !== before) announce("run", `The run is ${frame.status.replaceAll("_", " ")}`);
}

/** @param {MouseEvent} event a link that changes the view is followed without leaving the page */
function followLink(event) {
  const link = /** @type {Element} */ (event.target).closest("a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(/** @type {HTMLAnchorElement} */ (link).search, link.getAttribute("data-view") ?? "");
}

/** @param {string} step */
function open(step) {
  const query = new URLSearchParams(location.search);
  query.set("step", step);
  go(`?${query}`, "step");
}

function close() {
  const query = new URLSearchParams(location.search);
  const step = query.get("step") ?? "";
  query.delete("step");
  go(`?${query}`, "step").then(() => focusNode(step));
}

/**
 * @param {string} search
 * @param {string} view
 */
async function go(search, view) {
  const left = shownStep();
  history.pushState(null, "", location.pathname + search);
  await show(["picture", "step", "timeline"].filter((name) => name === view));
  if (view === "step" && shownStep()) document.getElementById("step-title")?.focus();
  else if (view === "step") focusNode(left);
}

/** @param {string[]} names the address changed: show these parts as it says */
async function show(names) {
  if (drawn !== fold()) forget();
  await parts.refresh(names);
  if (drawn !== fold()) {
    drawn = fold();
    socket.reconnect();
  }
  select(shownStep());
}

/** @param {string} step */
function focusNode(step) {
  const node = document.querySelector(`.sf-flowchart [data-element="step/${CSS.escape(step)}"]`);
  if (node instanceof SVGElement) node.focus({ preventScroll: true });
}

function shownStep() {
  return new URLSearchParams(location.search).get("step") ?? "";
}

/** What the server chose to fold at first goes into the address: it stays so while the run goes on. */
function keepFolds() {
  const chosen = document.querySelector("saga-drawing")?.getAttribute("data-folded-now") ?? "";
  const query = new URLSearchParams(location.search);
  if (!chosen || query.has("fold")) return;
  query.set("fold", chosen);
  history.replaceState(history.state, "", `?${query.toString().replaceAll("%2C", ",")}${location.hash}`);
}

function fold() {
  return new URLSearchParams(location.search).get("fold") ?? "";
}
