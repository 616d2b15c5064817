// @ts-check
/**
 * The editor of the text. A text that is accepted is one edit of the draft. While a text waits to be sent, changes that
 * come from the drawing or from others are merged into it; while it cannot be read, the last drawing stays, and the
 * browser keeps the text.
 */

import { useVisible } from "../frame/visible.js";
import {
  Annotation, autocompletion, ChangeSet, closeCompletion, Compartment, completionKeymap, completionStatus, Decoration, deleteLine,
  EditorState, EditorView, highlightActiveLine, history, indentLess,
  indentMore, keymap, lineNumbers, moveLineDown, moveLineUp, redo, showTooltip, standardKeymap, StateEffect, StateField, Text, undo,
  undoDepth,
} from "../vendor/codemirror.js";
import { changesBetween } from "./code_diff.js";
import { contextAt, partsOf, Words } from "./code_grammar.js";
import { highlighting, steering, theme } from "./code_look.js";
import { read } from "./session.js";
import { make } from "./state.js";

const PAUSE = 900;
const ENDS = /\r\n|\r|\n/g;
const RESTS = 300;
const WHERE = /at line (\d+) column (\d+)/;

const fromElsewhere = Annotation.define();
const [setMarks, marks] = shownBy(EditorView.decorations, Decoration.none, (value, change) => value.map(change.changes));
const [setTip, tip] = shownBy(showTooltip, null, (value, change) => (change.docChanged || change.selection ? null : value));

export class CodeEditor {
  /** @param {Session} session @param {Canvas} canvas */
  constructor(session, canvas) {
    this.session = session;
    this.canvas = canvas;
    this.root = session.root;
    this.store = `sagaflow.text.${this.root}`;
    this.pane = /** @type {HTMLElement} */ (document.getElementById("design-code"));
    this.banner = /** @type {HTMLElement} */ (document.getElementById("design-text-fault"));
    this.undos = new Compartment();
    this.revision = -1;
    /** @type {any} the text of `revision` */
    this.base = null;
    /** @type {any} the changes since then; nothing: there are none */
    this.local = null;
    /** @type {any} the changes since the text that was sent last and is not answered yet */
    this.since = null;
    this.sent = "";
    this.timer = 0;
    this.resting = 0;
    this.fault = "";
    this.faultAt = -1;
    this.isFollowing = false;
    this.isOutdated = false;
    /** @type {TextRange[]} */
    this.ranges = [];
    /** @type {string[]} */
    this.events = [];
    /** @type {Words | null} */
    this.words = null;
    /** @type {any} */
    this.view = null;
  }

  /** @returns {string} with the line ends of the file */
  get text() {
    return this.view.state.sliceDoc();
  }

  async load() {
    const [code, words] = await Promise.all([this.fetch("code/?as=json"), this.fetch("grammar/")]);
    this.words = new Words(words);
    const field = /** @type {HTMLTextAreaElement} */ (document.getElementById("design-text"));
    const at = document.activeElement === field ? field.selectionStart : -1;
    const [text, base] = this.typed(field, code) ?? read(this.store);
    field.value = field.defaultValue;
    this.build(text ?? code.text);
    if (at >= 0) {
      this.view.dispatch({ selection: { anchor: Math.min(at, this.view.state.doc.length) } });
      this.view.focus();
    }
    if (text) {
      this.base = textOf(base);
      this.local = ChangeSet.of(changesBetween(base, textOf(text).toString()), this.base.length);
      this.merge(code);
      this.schedule();
    }
    this.took(code);
    this.session.addEventListener("state", (event) => this.stateCame(/** @type {CustomEvent} */ (event).detail));
    this.session.addEventListener("refused", (event) => this.refused(/** @type {CustomEvent} */ (event).detail));
    window.addEventListener("beforeunload", (event) => {
      this.send();
      if (this.fault && !this.keep()) event.preventDefault();
    });
  }

  /**
   * What a user typed into the field of the page, because the editor had not come yet, and the text of the page.
   * @param {HTMLTextAreaElement} field @param {any} code @returns {string[] | null}
   */
  typed({ value, defaultValue }, { text }) {
    return value === defaultValue ? null : [value.replaceAll("\n", text.match(ENDS)?.[0] ?? "\n"), defaultValue];
  }

  /** @param {string} path */
  async fetch(path) {
    const answer = await fetch(`${this.root}${path}`, { redirect: "error" });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  /** @returns {boolean} whether the browser has room for the text */
  keep() {
    try {
      localStorage.setItem(this.store, JSON.stringify([this.text, this.base.toString()]));
      return true;
    } catch {
      return false;
    }
  }

  /** @param {string} text */
  build(text) {
    const host = make("div", { class: "design-editor", "data-keys": "" });
    const shadow = host.attachShadow({ mode: "open" });
    const help = make("p", { id: "help", hidden: "" }, "Tab indents. Escape, then Tab leaves the editor. Control and Space completes.");
    const room = make("div");
    shadow.append(room, help);
    useVisible(shadow);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host { display: block; min-height: 0; } :host > div, div:has(> .cm-editor) { height: 100%; }");
    shadow.adoptedStyleSheets = [sheet];
    const ends = [...new Set(text.match(ENDS))];
    const pointed = this.pointed.bind(this);
    const state = EditorState.create({
      doc: text,
      extensions: [
        ends.length === 1 ? EditorState.lineSeparator.of(ends[0]) : [],
        lineNumbers(),
        highlightActiveLine(),
        this.undos.of(history()),
        marks,
        highlighting,
        steering,
        theme,
        EditorState.tabSize.of(2),
        EditorView.contentAttributes.of({ "aria-label": "The definition as YAML", "aria-describedby": help.id, spellcheck: "false", autocapitalize: "off" }),
        autocompletion({ override: [(/** @type {any} */ context) => this.complete(context)], icons: false, activateOnTyping: true }),
        tip,
        keymap.of([...completionKeymap, ...this.keys(), ...standardKeymap]),
        EditorView.updateListener.of((/** @type {any} */ update) => this.updated(update)),
        EditorView.domEventHandlers({ blur: () => this.send(), beforeinput: (/** @type {InputEvent} */ event) => this.typedOver(event) }),
        EditorView.domEventObservers({ mousemove: pointed, mouseleave: pointed }),
      ],
    });
    this.view = new EditorView({ state, parent: room, root: shadow });
    const form = /** @type {HTMLElement} */ (this.pane.querySelector("form"));
    for (const part of form.querySelectorAll("p:not(.callout, .code-hint)")) part.setAttribute("hidden", "");
    form.querySelector(".code-hint")?.removeAttribute("hidden");
    form.addEventListener("submit", (event) => event.preventDefault());
    this.banner.before(host);
  }

  /** @returns {any[]} */
  keys() {
    const back = () => (undoDepth(this.view.state) ? undo(this.view) : (this.session.undo(), true));
    const again = () => redo(this.view) || (this.session.redo(), true);
    return [
      { key: "Mod-z", run: back },
      { key: "Mod-Shift-z", run: again },
      { key: "Mod-y", run: again },
      { key: "Mod-s", run: () => (this.send(), true) },
      { key: "Mod-/", run: toggleComment },
      { key: "Alt-ArrowUp", run: moveLineUp },
      { key: "Alt-ArrowDown", run: moveLineDown },
      { key: "Mod-Shift-k", run: deleteLine },
      { key: "Tab", run: indentMore, shift: indentLess },
      { key: "Escape", run: () => this.tell(null) || (completionStatus(this.view.state) === "active" && closeCompletion(this.view)) },
    ];
  }

  /** Chromium would join the lines around a replaced selection with inline styles, which the policy of the site reports. @param {InputEvent} event */
  typedOver(event) {
    const { state } = this.view;
    if (event.inputType !== "insertText" || event.data === null || state.selection.main.empty) return false;
    event.preventDefault();
    this.view.dispatch(state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    return true;
  }

  opened() {
    this.view.requestMeasure();
    if (this.isOutdated) this.refresh();
  }

  /** The view is shown or not: a text that is not on screen is not asked for. */
  get isShown() {
    return this.pane.checkVisibility?.() ?? true;
  }

  /** @param {any} update */
  updated(update) {
    if (update.docChanged) {
      this.ranges = this.ranges.map((range) => ({
        ...range,
        from: update.changes.mapPos(range.from, 1),
        to: update.changes.mapPos(range.to, -1),
        keys: Object.fromEntries(Object.entries(range.keys).map(([key, at]) => [key, update.changes.mapPos(at, 1)])),
      }));
      const isOwn = !update.transactions.some((/** @type {any} */ one) => one.annotation(fromElsewhere));
      if (isOwn) {
        this.local = this.local ? this.local.compose(update.changes) : update.changes;
        if (this.sent) this.since = this.since ? this.since.compose(update.changes) : update.changes;
        this.schedule();
      }
    }
    if (update.selectionSet && update.transactions.some((/** @type {any} */ one) => one.isUserEvent("select") || one.isUserEvent("input"))) this.lead();
  }

  schedule() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), PAUSE);
  }

  send() {
    clearTimeout(this.timer);
    if (!this.text || !this.local || this.local.empty || this.sent) return;
    this.sent = this.text;
    this.since = null;
    this.session.sendText(this.sent, this.revision);
  }

  /** @param {any} sent the entry that caused the new state; nothing: it came from elsewhere */
  stateCame(sent) {
    if (sent?.to === "code" && this.sent && sent.text === this.sent) {
      this.base = textOf(this.sent);
      this.sent = "";
      this.local = this.since;
      this.since = null;
      this.revision = this.session.state.revision;
      this.view.dispatch({ effects: this.undos.reconfigure([]) });
      this.view.dispatch({ effects: this.undos.reconfigure(history()) });
      this.tellFault("");
      localStorage.removeItem(this.store);
      if (this.local) this.schedule();
    }
    this.refresh();
  }

  /** @param {{ message: string, element: string, sent: any }} why */
  refused({ message, element, sent }) {
    if (sent?.to !== "code" || sent.text !== this.sent) return;
    this.sent = "";
    this.since = null;
    if (this.session.state.revision !== this.revision) {
      this.refresh().then(() => this.send());
      return;
    }
    this.keep();
    const [, line, column] = WHERE.exec(message) ?? [];
    const doc = this.view.state.doc;
    const place = line && doc.line(Math.min(Number(line), doc.lines));
    this.faultAt = place ? Math.min(place.from + Number(column) - 1, place.to) : this.ranges.find((range) => range.path === element)?.from ?? -1;
    this.tellFault(message);
  }

  /** @param {string} message */
  tellFault(message) {
    this.fault = message;
    this.banner.hidden = !message;
    this.banner.textContent = message ? `${message} The drawing shows the last text that can be read.` : "";
    this.view.contentDOM.setAttribute("aria-invalid", String(Boolean(message)));
    if (message) this.session.tell("not-saved", "the text cannot be read");
    this.mark();
  }

  /** Asks for the newest text, unless what was sent last is not answered yet. */
  async refresh() {
    this.isOutdated = !this.isShown;
    if (this.isOutdated || this.sent) return this.mark();
    const code = await this.fetch("code/?as=json").catch(() => null);
    if (!code || this.sent || code.revision < this.revision) return;
    this.merge(code);
    this.took(code);
  }

  /** @param {{ text: string }} code */
  merge({ text }) {
    const now = textOf(text);
    const remote = ChangeSet.of(changesBetween(this.base.toString(), now.toString()), this.base.length);
    if (!remote.empty) {
      const changes = this.local ? remote.map(this.local, true) : remote;
      this.local = this.local?.map(remote) ?? null;
      this.view.dispatch({ changes, annotations: [fromElsewhere.of(true)] });
    }
    this.base = now;
  }

  /** @param {any} code the answer of the server */
  took({ revision, lines, events }) {
    this.revision = revision;
    this.events = events;
    if (!this.local) {
      const { doc } = this.view.state;
      this.base = doc;
      const at = (/** @type {number} */ line) => doc.line(Math.min(line, doc.lines));
      this.ranges = Object.entries(lines).map(([path, { first, last, keys }]) => ({
        path,
        from: at(first).from,
        to: at(last).to,
        keys: Object.fromEntries(Object.entries(keys).map(([key, line]) => [key, at(line).from])),
      }));
    }
    if (this.view.hasFocus) this.lead();
    this.mark();
  }

  /** @returns {Note[]} what is wrong, with its place */
  notes() {
    const found = this.session.state.problems.filter(({ severity }) => severity !== "advice").map(({ element, field, severity, message }) => {
      const range = this.ranges.find(({ path }) => path === element);
      return { from: range ? range.keys[field] ?? range.from : -1, severity, message };
    });
    const own = this.fault ? [{ from: this.faultAt, severity: "fault", message: this.fault }] : [];
    return [...own, ...found].filter(({ from }) => from >= 0 && from <= this.view.state.doc.length);
  }

  mark() {
    const { doc } = this.view.state;
    /** @type {Map<number, string>} */
    const classes = new Map();
    const element = this.ranges.find(({ path }) => path === this.canvas.path && path !== "saga");
    for (let at = element ? element.from : Infinity; element && at <= element.to; at = doc.lineAt(at).to + 1) classes.set(doc.lineAt(at).from, "is-element");
    for (const { from, severity } of this.notes()) {
      const line = doc.lineAt(from).from;
      const now = classes.get(line) ?? "";
      if (!now.includes("is-fault")) classes.set(line, `${now} is-${severity}`.trim());
    }
    const lines = [...classes].sort(([one], [two]) => one - two).map(([at, name]) => Decoration.line({ class: name }).range(at));
    this.view.dispatch({ effects: setMarks.of(Decoration.set(lines)) });
  }

  /** The selection of the drawing moves the cursor, unless the cursor moved the selection. @param {string} path @param {string} [key] */
  follow(path, key = "") {
    const range = this.ranges.find((one) => one.path === path);
    if (!this.isFollowing && (key || !this.view.hasFocus) && range && path !== "saga" && (key || this.innermost() !== path)) {
      this.isFollowing = true;
      const anchor = range.keys[key] ?? range.from;
      this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      this.isFollowing = false;
    }
    this.mark();
  }

  /** @returns {string} the path of the element in which the cursor is */
  innermost() {
    const at = this.view.state.selection.main.head;
    const all = this.ranges.filter(({ from, to }) => from <= at && at <= to);
    return all.sort((one, two) => one.to - one.from - (two.to - two.from))[0]?.path ?? "saga";
  }

  lead() {
    const path = this.innermost();
    if (this.isFollowing || path === this.canvas.path) return;
    this.isFollowing = true;
    this.canvas.select(path, { reveal: true });
    this.isFollowing = false;
  }

  /** @param {string} path @param {string} field goes there, for a problem */
  jump(path, field) {
    this.follow(path, field || "name");
    this.view.focus();
  }

  /** @param {number} at @returns {string[]} the lines up to a place */
  linesTo(at) {
    return this.view.state.doc.sliceString(0, at).split("\n");
  }

  /** @param {any} context */
  complete(context) {
    const { doc } = this.view.state;
    const line = doc.lineAt(context.pos);
    const place = contextAt(this.linesTo(context.pos), doc.sliceString(Math.min(line.to + 1, doc.length)).split("\n"));
    if (!context.explicit && !place.typed) return null;
    const options = this.words?.options(place, this.session.state.document, this.events) ?? [];
    return options.length ? { from: line.from + place.from, options, validFor: /^[\w.$-]*$/ } : null;
  }

  /** The pointer rests, and the help of what is below it comes; it goes when the pointer is neither there nor on the help. @param {MouseEvent} event */
  pointed({ clientX: x, clientY: y, type, relatedTarget }) {
    clearTimeout(this.resting);
    const at = type === "mousemove" ? this.view.posAtCoords({ x, y }) : null;
    const now = this.view.state.field(tip);
    if (now && (at === null ? !now.dom?.contains(relatedTarget) : at < now.pos || at > now.end)) this.tell(null);
    if (at !== null) this.resting = setTimeout(() => this.view.state.field(tip) || this.tell(this.hover(at)), RESTS);
  }

  /** @param {any} fresh @returns {boolean} whether there is or was one */
  tell(fresh) {
    const some = fresh ?? this.view.state.field(tip);
    if (some) this.view.dispatch({ effects: setTip.of(fresh) });
    return Boolean(some);
  }

  /** @param {number} at */
  hover(at) {
    const line = this.view.state.doc.lineAt(at);
    const { key, column } = partsOf(line.text);
    const isOnKey = key && at - line.from >= column && at - line.from <= column + key.length;
    const { path } = contextAt([...this.linesTo(Math.max(line.from - 1, 0)), line.text.slice(0, column)]);
    const notes = this.notes().filter(({ from }) => from >= line.from && from <= line.to);
    const about = isOnKey ? this.words?.help(path, key) : "";
    if (!about && !notes.length) return null;
    const parts = [...notes.map(({ severity, message }) => [severity, message]), ...(about ? [["", about]] : [])];
    const dom = make("div", { class: "code-help" }, ...parts.map(([name, words]) => make("p", { class: name }, words)));
    dom.addEventListener("mouseleave", () => this.tell(null));
    return { pos: line.from + column, end: line.to, above: true, dom, create: () => ({ dom }) };
  }
}

/**
 * @param {any} facet that shows a value @param {any} none @param {(value: any, change: any) => any} after a change
 * @returns {[any, any]} the effect that sets the value, and its field
 */
function shownBy(facet, none, after) {
  const set = StateEffect.define();
  return [set, StateField.define({
    create: () => none,
    update: (value, change) => change.effects.reduce((now, effect) => (effect.is(set) ? effect.value : now), after(value, change)),
    provide: (field) => facet.from(field),
  })];
}

/** @param {string} text */
function textOf(text) {
  return Text.of(text.split(ENDS));
}

/** The lines of the selection become comments, or text again if all are comments. @param {any} view */
function toggleComment({ state, dispatch }) {
  const { from, to } = state.selection.main;
  const lines = [];
  for (let at = from; at <= to; at = lines[lines.length - 1].to + 1) lines.push(state.doc.lineAt(at));
  const signs = lines.filter(({ text }) => text.trim()).map(({ text, from }) => ({ at: from + text.search(/\S/), sign: /^\s*(# ?)?/.exec(text)?.[1] }));
  const changes = signs.every(({ sign }) => sign)
    ? signs.map(({ at, sign = "" }) => ({ from: at, to: at + sign.length }))
    : signs.map(({ at }) => ({ from: at, insert: "# " }));
  dispatch(state.update({ changes, userEvent: "input" }));
  return true;
}
