// @ts-check
/** The page of a run: paint at once what the socket tells, and fetch the parts that have become old. */

import { useActs } from "./act_door.js";
import "./ages.js";
import { announce } from "./announce.js";
import { tell } from "./connection.js";
import { useCopying } from "./copy_door.js";
import { useJson } from "./json_seen.js";
import { forget, paint, repaint } from "./paint.js";
import { partNames, Parts } from "./parts.js";
import { centre, select, usePicture } from "./picture.js";
import { LiveSocket } from "./socket.js";
import { useSplitters } from "./splitters.js";
import { State } from "./state.js";
import { makeTabs, showTab } from "./tabs.js";
import { showTimes } from "./times.js";
import { followed, partsOf, viewOf, withView } from "./view.js";

const page = /** @type {HTMLElement} */ (document.getElementById("run"));
const state = new State(Number(page.dataset.seq));
const parts = new Parts(page.dataset.parts ?? "", dress);
/** The parts that a change of the run makes old: all but the one that is painted. */
const changing = partNames(":not([data-painted])");
const socket = new LiveSocket(address, receive, tell, ask);
keepFolds();
/** What the page shows; the address may already say something else. */
let shown = viewOf(location.search);
/** Whether the last heartbeat told of entries that had not come: with the next one that is a lost frame. */
let behind = false;
/** What the address points to, until it is on the page. */
let wanted = location.hash.slice(1);

document.documentElement.classList.add("scripted");
document.documentElement.style.setProperty("--strip", `${document.querySelector(".strip-box")?.clientHeight}px`); // for run.css
useActs();
useCopying();
useSplitters();
dress(document.body);
parts.age(partNames("[data-late]"));
followHash();
window.addEventListener("hashchange", followHash);
window.addEventListener("popstate", () => show());
document.addEventListener("click", followLink);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && shown.step && !document.querySelector("dialog[open]")) close();
});
socket.connect();

/** @param {HTMLElement} root a part that is new on the page, or the whole page */
function dress(root) {
  showTimes(root);
  makeTabs(root, (name, value) => go(withView(location.search, { [name]: value })));
  const picture = root.dataset.part === "picture" ? root : root.querySelector("[data-part=picture]");
  if (picture) {
    usePicture(/** @type {HTMLElement} */ (picture), open);
    repaint();
  }
  if (root.dataset.part === "step") showPane();
  useJson(root, page.dataset.values ?? "");
  select(shownStep());
  reach();
}

/** The pane shows the step, or the run if no step is chosen. */
function showPane() {
  const run = /** @type {HTMLElement | null} */ (document.querySelector(".about-run"));
  if (run) run.hidden = document.getElementById("step") !== null;
  parts.plan();
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
  if (frame.seq === seq && frame.type !== "delta") return;
  if (state.status !== before) parts.ask(changing); // the banner follows the drawing at once
  else parts.age(changing);
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
  const link = /** @type {HTMLAnchorElement | null} */ (/** @type {Element} */ (event.target).closest("a[data-view]"));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  wanted = link.hash.slice(1);
  const target = link.dataset.centre;
  const kind = link.dataset.view ?? "";
  go(followed(location.search, kind, link.search), { hash: kind === "entry" || kind === "about" ? link.hash : "" });
  if (target) centre(target);
}

/** @param {string} step */
function open(step) {
  go(withView(location.search, { step, about: "" }));
}

function close() {
  go(withView(location.search, { step: "", about: "" }));
}

/**
 * @param {string} search
 * @param {{hash?: string}} [more]
 */
async function go(search, { hash = "" } = {}) {
  const left = shown.step;
  history.pushState(null, "", location.pathname + search + hash);
  await show();
  if (shown.step === left) return;
  if (shown.step) document.getElementById("step-title")?.focus({ preventScroll: true });
  else focusNode(left);
}

/** The address changed: show what it says. */
async function show() {
  const before = shown;
  shown = viewOf(location.search);
  if (before.fold !== shown.fold) forget();
  showTab("tab", shown.tab);
  showTab("about", shown.about);
  const old = partsOf(before, shown);
  await parts.refresh(parts.among(old));
  parts.age(old.filter((name) => !parts.among([name]).length));
  parts.plan(0);
  if (before.fold !== shown.fold) socket.reconnect();
  select(shown.step);
  reach();
}

/** A part of the address after `#`: a tab by its name, as earlier versions wrote it, or a journal entry. */
function followHash() {
  wanted = location.hash.slice(1);
  const tab = /^entry-\d+$/.test(wanted) ? "journal" : wanted;
  if (document.getElementById(`tab-${tab}`)) {
    history.replaceState(null, "", location.pathname + withView(location.search, { tab }) + (tab === wanted ? "" : location.hash));
    show();
  }
  reach();
}

/** Scroll to what the address points to, once it is on the page. */
function reach() {
  const target = wanted && !document.getElementById(`tab-${wanted}`) ? document.getElementById(wanted) : null;
  if (!target || target.closest("[hidden]")) return;
  wanted = "";
  for (const each of document.querySelectorAll(".is-target")) each.classList.remove("is-target");
  target.classList.add("is-target");
  target.scrollIntoView({ block: "center" });
}

/** @param {string} step */
function focusNode(step) {
  const node = document.querySelector(`.sf-flowchart [data-element="step/${CSS.escape(step)}"]`);
  if (node instanceof SVGElement) node.focus({ preventScroll: true });
}

function shownStep() {
  return viewOf(location.search).step;
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
  return viewOf(location.search).fold;
}
