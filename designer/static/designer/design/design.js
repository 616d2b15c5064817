// @ts-check
/** The page of a draft: it joins the session with the server, the canvas, the palette, the form and the lists. */

import { announce } from "../live/announce.js";
import { showHistory, showProblems, useTabs } from "./bottom.js";
import { Canvas } from "./canvas.js";
import { Clipboard } from "./clipboard.js";
import { Code } from "./code.js";
import { useDrag } from "./drag.js";
import { Foresight } from "./foresight.js";
import { Inspector } from "./inspector.js";
import { openMenu, showHints, useKeys } from "./keys.js";
import { ownFirst, Palette, slug } from "./palette.js";
import { Modes } from "./modes.js";
import { Outline } from "./outline.js";
import { made, Placing } from "./placing.js";
import { ask } from "./quick_add.js";
import { rename } from "./rename.js";
import { Selection } from "./selection.js";
import { useSeveral } from "./several.js";
import { Session } from "./session.js";
import { elementAt, humanize, make, otherStyle, segmentOf, stepOf, stepsOf, titleOf } from "./state.js";

/** Milliseconds after an edit: edits come in quick succession. */
const PAUSE = 300;
const SAVED = { saved: "Saved", saving: "Saving…", offline: "Offline (kept here)", "not-saved": "Not saved" };

const page = /** @type {HTMLElement} */ (document.getElementById("design"));
const get = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (page.querySelector(selector));
const root = page.dataset.root ?? "";
const session = new Session(root, JSON.parse(document.getElementById("design-state")?.textContent ?? "{}"));
const drawing = /** @type {SagaDrawing} */ (get("saga-drawing"));
const hint = get("[data-hint]");
const told = get("[data-told]");
const room = get("#design-canvas");

await customElements.whenDefined("saga-drawing");
const canvas = new Canvas(drawing, session);
const selection = new Selection(canvas, session);
const placing = new Placing(canvas, session, `${root}places/`);
const palette = new Palette(get("#design-palette"), placing, () => stepOf(canvas.path));
const inspector = new Inspector(get("#design-inspector"), session, `${root}inspector/`);
const foresight = new Foresight(canvas, session, root, room, tell);
canvas.pointed = (/** @type {string} */ name) => name !== step() && inspector.pointAt(name);
inspector.typed = (/** @type {string} */ path, /** @type {string} */ title) => canvas.retitle(path, title);
const clipboard = new Clipboard(session, selection, tell);
const modes = new Modes(page);
const code = new Code(modes, session, canvas);
const outline = new Outline(session, canvas, palette, placing);
let connecting = "";
let drawn = session.state.drawing;

const step = () => stepOf(canvas.path);
const segment = () => segmentOf(canvas.path);
const title = () => titleOf(canvas.path, session.state.document);
const focusBack = () => canvas.select(canvas.path, { focus: true });

/** @param {string} words */
function tell(words) {
  told.title = told.textContent = words;
  announce("edit", words);
}

/** @param {string[]} keys of places, the first one that is there counts */
async function placeOf(...keys) {
  const places = await placing.places([]);
  return keys.map((key) => places.find((place) => [place.key, ...place.also].includes(key))).find(Boolean);
}

/** @param {string} where the first part of the key of a place: `after`, `before`, `join` */
async function add(where) {
  const { document: saga } = session.state;
  const last = stepsOf(saga).at(-1)?.step.name ?? "";
  const here = step() || (segment() ? stepsOf(saga).filter((one) => one.segment.name === segment()).at(-1)?.step.name : last);
  const home = segment() || saga.segments?.at(-1)?.name || "";
  const keys = where === "join" ? [`join/${home}`] : [`${where}/${here}`, `inside/${home}`];
  const place = await placeOf(...keys);
  if (!place) return tell(where === "join" ? "There is only one branch here to come after." : "Nothing can be added here.");
  const done = (/** @type {any} */ choice) => {
    const operation = choice && made(place, choice.held);
    if (operation) session.send(operation);
  };
  ask({ room, label: `Add ${place.sentence}`, choices: (typed) => palette.choices(typed), done, closed: focusBack });
}

function undoOfStep() {
  const path = canvas.path;
  const step = elementAt(path, session.state.document);
  const choices = (/** @type {string} */ typed) => ownFirst(palette.choices(typed), step).filter(({ held }) => held.sort === "action");
  const done = (/** @type {any} */ choice) => {
    const action = choice?.held.steps[0].action;
    if (action) session.send({ kind: "set-field", element: path, field: "undo", value: action });
  };
  ask({ room, label: `Undo of ${title()}`, choices, done, closed: focusBack });
}

/** @param {string} label @param {Operation} operation that gets the name that is typed */
function askName(label, operation) {
  const done = (/** @type {unknown} */ _, /** @type {string} */ typed) => session.send({ ...operation, name: slug(typed) });
  ask({ room, label, done, closed: focusBack });
}

function newSegment() {
  const after = segment() || session.state.document.segments?.at(-1)?.name || null;
  askName(after ? `New segment after ${titleOf(`segments/${after}`, session.state.document)}` : "New segment", { kind: "add-segment", style: "orchestrated", after });
}

function connect() {
  if (!connecting) {
    connecting = step();
    tell(`Connect ${title()}: go to another step and press c. Escape cancels.`);
    drawing.overlay("connecting", { [connecting]: { class: "design-source" } });
    return hints();
  }
  const [one, other] = [connecting, step()];
  cancelConnect();
  if (one === other) return;
  const linked = (/** @type {string} */ from, /** @type {string} */ to) =>
    ["command", "event"].some((kind) => drawing.querySelector(`[data-element="edge/${kind}/step/${CSS.escape(from)}>step/${CSS.escape(to)}"]`));
  if (linked(one, other)) session.send({ kind: "disconnect", earlier: one, later: other });
  else if (linked(other, one)) session.send({ kind: "disconnect", earlier: other, later: one });
  else session.send({ kind: "connect", earlier: one, later: other });
}

function cancelConnect() {
  connecting = "";
  drawing.overlay("connecting", null);
  hints();
}

function remove() {
  if (step()) session.send({ kind: "delete-steps", steps: selection.names });
  else if (canvas.path.startsWith("observers/")) {
    const rest = session.state.document.observers.filter((/** @type {any} */ one) => `observers/${one.name}` !== canvas.path);
    session.send({ kind: "set-field", element: "saga", field: "observers", value: rest.length ? rest : null });
  } else session.send({ kind: "delete-segment", segment: segment() });
}

function switchStyle() {
  session.send({ kind: "switch-style", segment: segment(), style: otherStyle(elementAt(`segments/${segment()}`, session.state.document)) });
}

function split() {
  askName(`New segment that begins at ${title()}`, { kind: "split-segment", step: step() });
}

function wrap() {
  askName(`Name of a segment for ${selection.title} alone`, { kind: "wrap-steps", steps: selection.names, style: null });
}

function duplicate() {
  const operations = selection.names.map((name) => ({ kind: "duplicate-step", step: name }));
  if (operations.length === 1) session.send(operations[0]);
  else session.send({ kind: "together", operations, said: `Duplicated ${selection.title}.` });
}

/**
 * Open the page of a form, when every edit is saved.
 * @param {string} form @param {string[]} [steps]
 */
async function open(form, steps = []) {
  await session.idle;
  if (session.saved === "saved") location.assign(`${root}${form}/?${new URLSearchParams(steps.map((name) => ["step", name]))}`);
  else tell("Not everything is saved yet; try again.");
}

const isStep = () => isSteps() && !selection.isMany;
const isSteps = () => Boolean(step()) && !connecting;
const isWalking = () => document.activeElement?.closest(".sf-node") !== null && !connecting;
const idle = () => !connecting;
const isOne = () => idle() && !selection.isMany;
const isInside = () => Boolean(segment()) && isOne();

/** @type {Key[]} */
const KEYS = [
  { keys: "a", does: "Add after", short: "add after", run: () => add("after"), when: isOne, menu: true },
  { keys: "b", does: "Add before", short: "before", run: () => add("before"), when: isStep, menu: true },
  { keys: "p", does: "Add in parallel", short: "parallel", run: () => add("beside"), when: isStep, menu: true },
  { keys: "J", does: "Add after all branches", run: () => add("join"), when: isInside, menu: true },
  { keys: "u", does: "Set the undo", short: "undo", run: undoOfStep, when: isStep, menu: true },
  { keys: "c", does: "Connect or disconnect", short: "connect", run: connect, when: () => Boolean(step()) && !selection.isMany, menu: true },
  { keys: "m", does: "Move", short: "move", run: () => placing.start({ title: selection.title, moving: selection.names }, { near: step() }), when: isSteps, menu: true, several: true },
  { keys: "s", does: "Switch the style of the segment", short: "style", run: switchStyle, when: isInside, menu: true },
  { keys: "n", does: "New segment", short: "new segment", run: newSegment, when: isOne, menu: true },
  { keys: "S", does: "Split the segment here", run: split, when: isStep, menu: true },
  { keys: "w", does: "Put into a segment of its own", run: wrap, when: isSteps, menu: true, several: true },
  { keys: "e", does: "Extract into a sub-saga", run: () => open("extract", selection.names), when: isSteps, menu: true, several: true },
  { keys: "i", does: "Put the steps of its saga here", run: () => open("inline", [step()]), when: () => isStep() && elementAt(canvas.path, session.state.document)?.saga, menu: true },
  { keys: "", does: "Find and replace", run: () => open("replace"), when: idle, menu: true },
  { keys: "x", does: "Set aside: keep it, and do not run it", short: "aside", run: () => session.send({ kind: "set-aside", steps: selection.names }), when: isSteps, menu: true, several: true },
  { keys: "F2", does: "Rename", short: "rename", run: () => rename(canvas, room, focusBack), when: isOne, menu: true },
  { keys: "z", does: "The rollback if this step fails: hold, or press again to hide", short: "rollback", run: () => foresight.pressed(), when: isStep, menu: true },
  { keys: "y", does: "Play a failure of this step", short: "simulate", run: () => foresight.simulate(), when: isOne, menu: true },
  { keys: "Mod+C", does: "Copy", run: () => clipboard.copy(false), when: isSteps, menu: true, several: true, isOfBrowser: true },
  { keys: "Mod+X", does: "Cut", run: () => clipboard.copy(true), when: isSteps, menu: true, several: true, isOfBrowser: true },
  { keys: "Mod+V", does: "Paste after", run: () => clipboard.paste(), when: idle, menu: true, isOfBrowser: true },
  { keys: "Mod+D", does: "Duplicate", run: duplicate, when: isSteps, menu: true, several: true },
  { keys: "Delete", does: "Delete", short: "delete", run: remove, when: () => idle() && canvas.path !== "saga", menu: true, several: true },
  { keys: "Space", does: "Add the step to the selection, or take it out", short: "select more", run: () => selection.toggle(step()), when: () => isSteps() && isWalking() },
  { keys: "Mod+A", does: "Select all steps", run: () => selection.all(), when: () => idle() && Boolean(document.activeElement?.closest("saga-drawing")) },
  { keys: "", does: "Select several steps", run: () => selection.collect(), when: () => idle() && !selection.isMany, menu: true },
  { keys: "Enter", does: "To the form", short: "form", run: toForm, when: () => isOne() && document.activeElement?.closest("saga-drawing") !== null },
  { keys: "Mod+Z", does: "Undo", run: () => session.undo() },
  { keys: "Mod+Shift+Z", does: "Redo", run: () => session.redo() },
  { keys: "?", does: "All keys", short: "all keys", run: () => /** @type {HTMLElement | null} */ (document.querySelector("[data-help]"))?.click() },
  { keys: "Escape", does: "Close the rollback or the simulation", run: () => foresight.reset(), when: () => Boolean(foresight.ghost) || foresight.film.isOpen },
  { keys: "Escape", does: "Cancel connecting", run: cancelConnect, when: () => Boolean(connecting) },
  { keys: "Escape", does: "Let go of the selected steps", run: () => selection.release(), when: () => selection.isMany || selection.isCollecting },
];

function toForm() {
  if (document.activeElement?.closest(".sd-control")) return /** @type {HTMLElement} */ (document.activeElement).click();
  if (modes.mode === "code") modes.set("design");
  show("inspector");
  /** @type {HTMLElement | null} */ (page.querySelector("#design-inspector input, #design-inspector select"))?.focus();
}

function hints() {
  if (placing.held) hint.textContent = `${placing.held.title}: choose a place. Arrow keys go from place to place, Enter drops, Esc cancels.`;
  else if (connecting) hint.textContent = `Connect ${connecting}: choose another step and press c. Esc cancels.`;
  else showHints(hint, KEYS);
}

/** @param {string} pane on a phone one pane is shown at a time */
function show(pane) {
  page.dataset.pane = pane;
  if (pane === "outline" || pane === "code") modes.set(pane);
  for (const button of page.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.getAttribute("data-show") === pane));
}

/** @param {{ element: string, field: string }} problem */
function jump(problem) {
  canvas.select(problem.element, { reveal: true });
  if (modes.mode === "code" && code.editor) return code.editor.jump(problem.element, problem.field);
  show("inspector");
  inspector.show(problem.element).then(() => problem.field && inspector.focus(problem.field));
}

/**
 * What the newest change does to the ends of failures, told when the drawing is there and no other edit follows.
 * @param {State} state @param {string} of the address of the change
 */
async function lookAhead(state, of) {
  const ends = await session.ask(`${root}consequence/?revision=${state.revision}&of=${of}`, () => state === session.state);
  if (!ends || told.textContent !== state.sentence) return;
  told.title = told.textContent += ` ${ends}`;
  announce("ends", ends);
}

function lists() {
  showProblems(session.state, jump, (operation) => session.send(operation));
  showHistory(session.state);
  outline.show();
}

/** All around the drawing. The lists follow when that is painted: they take as long as it does. */
function around() {
  const { state } = session;
  if (modes.mode === "outline") outline.show();
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(lists)));
  for (const turn of /** @type {const} */ (["undo", "redo"])) {
    const [button, what] = [get(`[data-${turn}]`), state[turn]];
    button.toggleAttribute("disabled", !what);
    button.title = what ? `${humanize(turn)}: ${what}` : humanize(turn);
  }
  const { name, title } = state.document;
  get("h1").textContent = title || name || "Draft";
  /** @type {Element} */ (document.querySelector("li[aria-current]")).textContent = name || "Draft";
  const taken = /** @type {HTMLElement | null} */ (page.querySelector("[data-taken]"));
  if (taken) taken.hidden = name !== taken.dataset.taken;
  const banner = get("[data-why-not]");
  banner.hidden = !state.why_not;
  banner.textContent = state.why_not;
  for (const field of page.querySelectorAll("[name=revision]")) field.setAttribute("value", String(state.revision));
}

session.addEventListener("state", (event) => {
  const sent = /** @type {CustomEvent} */ (event).detail;
  const { state } = session;
  const active = document.activeElement;
  const elsewhere = active?.closest("#design-inspector, #design-bottom, #design-palette, #design-code, #design-outline, .design-ask") ?? null;
  foresight.reset();
  canvas.draw(state.drawing && state.drawing !== drawn ? state.drawing : null);
  drawn = state.drawing ?? drawn;
  const stays = (sent?.operation?.kind === "switch-style" || sent?.to === "code") && elementAt(canvas.path, state.document);
  const path = sent && !stays && state.focus && elementAt(state.focus, state.document) ? state.focus : canvas.path;
  canvas.select(selection.kept(elementAt(path, state.document) ? path : "saga"), { focus: Boolean(sent) && !elsewhere, reveal: Boolean(sent) });
  around();
  if (sent && state.sentence) {
    tell(state.sentence);
    setTimeout(lookAhead, PAUSE, state, sent.to);
  }
  if (!sent) tell(state.sentence);
});
session.addEventListener("refused", (event) => {
  const { message, element, sent } = /** @type {CustomEvent} */ (event).detail;
  if (sent.operation?.kind === "rename") inspector.refused = message;
  told.classList.add("refused");
  canvas.restore();
  tell(message);
  if (element && elementAt(element, session.state.document)) canvas.select(element, { reveal: true });
  selection.show();
});
session.addEventListener("saved", () => {
  const text = get("[data-saved]");
  const [said, more] = (SAVED[session.saved] + (session.why ? `: ${session.why}` : "")).split("list of drafts");
  text.replaceChildren(said, ...(more ? [make("a", { href: ".." }, "list of drafts"), more] : []));
  text.dataset.state = session.saved;
  if (session.saved === "saving") told.classList.remove("refused");
});
canvas.addEventListener("selected", () => {
  selection.show();
  hints();
});
placing.addEventListener("placing", () => {
  if (placing.held) show("canvas");
  hints();
  if (placing.held) announce("placing", `${placing.held.title}: ${placing.spots.length} places.`);
});
drawing.addEventListener("contextmenu", (event) => {
  event.preventDefault();
  const node = /** @type {Element} */ (event.target).closest(".sf-node");
  const name = node?.getAttribute("data-step") ?? "";
  selection.adding = "";
  if (selection.isMany && selection.names.includes(name)) canvas.select(selection.pathOf(name));
  else if (node) canvas.choose(node.getAttribute("data-element") ?? "");
  else if (event.clientX) canvas.clicked(event);
  const box = (node ?? drawing).getBoundingClientRect();
  openMenu(room, KEYS, event.clientX ? { x: event.clientX, y: event.clientY } : { x: box.x + box.width / 2, y: box.y + box.height / 2 });
});
drawing.addEventListener("dblclick", (event) => {
  if (/** @type {Element} */ (event.target).closest(".sf-node[data-step]")) rename(canvas, room, focusBack);
});
for (const button of page.querySelectorAll("[data-show]")) button.addEventListener("click", () => show(button.getAttribute("data-show") ?? "canvas"));
get("[data-undo]").addEventListener("click", () => session.undo());
get("[data-redo]").addEventListener("click", () => session.redo());
useDrag(drawing, (target) => {
  const node = target.closest(".sf-node[data-element^='step/']");
  const name = node?.getAttribute("data-step") ?? "";
  if (!name || name.startsWith("empty:")) return null;
  if (selection.isMany && selection.names.includes(name)) return { title: selection.title, moving: selection.names };
  return { title: selection.titleOf(name), moving: [name] };
}, placing);
useSeveral(selection, inspector, room, KEYS);
useKeys(KEYS, () => Boolean(placing.held));
useTabs();
modes.addEventListener("mode", () => show(modes.mode === "design" ? "canvas" : modes.mode));
modes.start();
page.toggleAttribute("data-ready", true);
around();
canvas.select("saga");
const { element = "", field = "" } = Object.fromEntries(new URLSearchParams(location.search)); // a link of the review
if (elementAt(element, session.state.document)) jump({ element, field });
palette.load(`${root}actions/`);
