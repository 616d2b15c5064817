// @ts-check
/**
 * The outline is an editor: one line a step. Enter begins a step after the line, Tab puts it parallel to the line above,
 * Shift+Tab after it, `<` attaches an undo, `!` marks the pivot, Alt with the arrow keys moves. Each change is an
 * operation of the canvas, so that there is one history.
 */

import { announce } from "../live/announce.js";
import { beforeOf, linesOf, partsOf } from "./outline_lines.js";
import { ownFirst, slug } from "./palette.js";
import { made } from "./placing.js";
import { button, elementAt, humanize, make, otherStyle } from "./state.js";

const ACTION = /^[A-Za-z][\w-]{0,63}\.[A-Za-z][\w.-]{0,63}$/;
const WHERE = { after: "after the line above", beside: "parallel to the line above", join: "after all branches" };

export class Outline {
  /**
   * @param {Session} session @param {Canvas} canvas
   * @param {Palette} palette @param {Placing} placing
   */
  constructor(session, canvas, palette, placing) {
    this.session = session;
    this.canvas = canvas;
    this.palette = palette;
    this.placing = placing;
    this.pane = /** @type {HTMLElement} */ (document.getElementById("design-outline"));
    this.room = make("div", { class: "outline" });
    this.names = make("datalist", { id: "outline-names" });
    this.actions = make("datalist", { id: "outline-actions" });
    this.pane.prepend(this.room, this.names, this.actions);
    this.useTools();
    /** @type {OutlineLine[]} */
    this.lines = [];
    /** @type {State | null} */
    this.shown = null;
    /** @type {NewLine | null} */
    this.fresh = null;
    this.undoOf = "";
    this.here = "";
    this.leaving = false;
    /** What the answer to an edit of this view has to do. @type {((focus: string) => void) | null} */
    this.then = null;
    this.room.addEventListener("keydown", (event) => this.key(event));
    this.room.addEventListener("beforeinput", (event) => this.typed(event));
    this.room.addEventListener("focusin", (event) => this.entered(/** @type {HTMLElement} */ (event.target)));
    this.room.addEventListener("change", (event) => this.commit(/** @type {HTMLInputElement} */ (event.target)));
    session.addEventListener("refused", () => (this.then = null));
  }

  /** Shows the newest state; the focus stays in its line, or goes where the edit of this view left it. */
  show() {
    if (this.shown === this.session.state) return;
    this.shown = this.session.state;
    this.lines = linesOf(this.session.state.document);
    const { then } = this;
    this.then = null;
    then?.(this.session.state.focus);
    this.draw();
  }

  draw() {
    const active = /** @type {HTMLInputElement | null} */ (this.room.contains(document.activeElement) ? document.activeElement : null);
    const kept = active instanceof HTMLInputElement && active.value !== active.defaultValue ? active.value : null;
    const [key, start] = [active?.dataset.key ?? "", active?.selectionStart ?? null];
    const list = make("ul", { class: "plain", "aria-label": "Segments and steps" });
    /** @type {HTMLElement} */
    let inner = list;
    for (const line of this.lines) {
      const item = this.item(line);
      if (line.sort === "segment") {
        inner = make("ul", { class: "plain" });
        item.append(inner);
        list.append(item);
      } else inner.append(item);
      if (this.fresh?.after === line.path) {
        const fresh = this.freshItem(this.fresh);
        if (this.fresh.sort === "segment") list.append(fresh);
        else inner.append(fresh);
      }
    }
    if (this.fresh?.sort === "segment") list.append(.../** @type {any} */ ([list.querySelector(":scope > .fresh")]).filter(Boolean));
    this.room.replaceChildren(list);
    if (!active) return;
    const field = this.fieldOf(key) ?? this.fieldOf(this.here);
    if (!field) return;
    if (kept !== null && field.dataset.key === key) field.value = kept;
    field.focus({ preventScroll: true });
    if (start !== null && field instanceof HTMLInputElement) field.setSelectionRange(start, start);
  }

  /** @param {string} key @returns {HTMLInputElement | null} */
  fieldOf(key) {
    return this.room.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  /** @param {OutlineLine} line */
  item(line) {
    const field = this.field(line.path, line.title, `${line.sort === "segment" ? "Segment" : "Step"}: ${line.title}`);
    const row = make("div", { class: "line" }, field);
    const item = make("li", { class: `${line.sort}${line.isParallel ? " parallel" : ""}` }, row);
    if (line.sort === "segment") {
      const other = otherStyle(line);
      const label = `${line.title} is ${line.style}: switch to ${other}`;
      row.append(button({ class: "quiet small word", "data-style": line.style, "aria-label": label },
        () => this.session.send({ kind: "switch-style", segment: line.name, style: other }), line.style));
    }
    const words = [line.relation, line.pivot ? "pivot" : "", line.work].filter(Boolean).join(" · ");
    const id = `outline-${line.path.replaceAll("/", "-")}`;
    field.setAttribute("aria-describedby", id);
    row.append(make("span", { class: "detail", id }, words));
    if (this.undoOf === line.path) item.append(this.undoItem(line));
    else if (line.undoWords) {
      const label = `Undo of ${line.title}: ${line.undoWords}. Change it`;
      row.append(button({ class: "quiet small undo", "aria-label": label }, () => this.openUndo(line), `↶ ${line.undoWords}`));
    }
    return item;
  }

  /** @param {string} key @param {string} value @param {string} label */
  field(key, value, label) {
    return make("input", { type: "text", value, spellcheck: "false", autocomplete: "off", "data-key": key, "aria-label": label });
  }

  /** @param {NewLine} fresh */
  freshItem(fresh) {
    const words = fresh.sort === "segment" ? "" : WHERE[/** @type {keyof typeof WHERE} */ (fresh.where)];
    const field = this.field("new", "", words ? `New step ${words}` : "New segment");
    field.value = fresh.text;
    field.placeholder = fresh.sort === "segment" ? "Name of the new segment" : "Name or action of the new step";
    if (fresh.sort === "step") field.setAttribute("list", this.names.id);
    const row = make("div", { class: "line" }, field, make("span", { class: "detail" }, words));
    const item = make("li", { class: `fresh ${fresh.sort}` }, row);
    item.classList.toggle("parallel", fresh.where === "beside");
    return item;
  }

  /** @param {OutlineLine} line */
  undoItem(line) {
    const field = this.field("undo", line.undo, `Undo of ${line.title}`);
    field.placeholder = "Action that undoes it";
    field.setAttribute("list", this.actions.id);
    return make("div", { class: "line undoing" }, make("span", { class: "sign", "aria-hidden": "true" }, "↶"), field);
  }

  useTools() {
    /** @type {Record<string, () => unknown>} */
    const tools = {
      after: () => this.open("after"),
      beside: () => this.place("beside"),
      serial: () => this.place("after"),
      undo: () => this.openUndo(this.line),
      pivot: () => this.pivot(),
      up: () => this.move(-1),
      down: () => this.move(1),
      delete: () => this.remove(),
      segment: () => this.open("segment"),
    };
    for (const button of this.pane.querySelectorAll("[data-tool]")) button.addEventListener("click", tools[button.getAttribute("data-tool") ?? ""]);
  }

  /** @returns {OutlineLine | undefined} the line in which the focus is, or was last */
  get line() {
    return this.lines.find(({ path }) => path === this.here) ?? this.lines[0];
  }

  /** @param {HTMLElement} target */
  entered(target) {
    this.leaving = false;
    const key = target.dataset.key ?? "";
    if (!this.names.childElementCount) this.names.append(...this.palette.choices("").map(({ title }) => make("option", { value: title })));
    if (!this.actions.childElementCount) {
      const all = this.palette.choices("").filter(({ held }) => held.sort === "action").map(({ held }) => held.steps?.[0].action);
      this.actions.append(...all.map((value) => make("option", { value })));
    }
    if (!this.lines.some(({ path }) => path === key)) return;
    this.here = key;
    if (this.canvas.path !== key) this.canvas.select(key, { reveal: true });
  }

  /** @param {InputEvent} event signs that mean something; also from the keyboard of a phone */
  typed(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const line = this.lines.find(({ path }) => path === field.dataset.key);
    if (line?.sort !== "step" || (event.data !== "<" && event.data !== "!")) return;
    event.preventDefault();
    if (event.data === "<") this.openUndo(line);
    else this.pivot();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (event.isComposing || !(field instanceof HTMLInputElement)) return;
    const [key, mod] = [field.dataset.key, event.ctrlKey || event.metaKey];
    const leaving = this.leaving;
    if (event.key !== "Shift") this.leaving = event.key === "Escape";
    if (event.key === "Enter") this.enter(field);
    else if (event.key === "Escape") this.cancel(field);
    else if (event.key === "Tab" && !leaving && key !== "undo" && this.isPlaceable(field)) this.place(event.shiftKey ? "after" : "beside");
    else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) this.move(event.key === "ArrowUp" ? -1 : 1);
    else if (!field.list && !event.altKey && !mod && (event.key === "ArrowUp" || event.key === "ArrowDown")) this.walk(field, event.key === "ArrowUp" ? -1 : 1);
    else if (event.key === "Delete" && mod) this.remove();
    else if (event.key === "Backspace" && !field.value && key === "new") this.cancel(field);
    else if (mod && event.key.toLowerCase() === "z" && field.value === field.defaultValue) event.shiftKey ? this.session.redo() : this.session.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {HTMLInputElement} field */
  isPlaceable(field) {
    return field.dataset.key === "new" ? this.fresh?.sort === "step" && this.fresh.after.includes("/steps/") : Boolean(this.line?.previous);
  }

  /** @param {HTMLInputElement} field @param {1 | -1} by */
  walk(field, by) {
    const all = [.../** @type {NodeListOf<HTMLInputElement>} */ (this.room.querySelectorAll("input"))];
    all[all.indexOf(field) + by]?.focus();
  }

  /** @param {HTMLInputElement} field */
  enter(field) {
    const { key } = field.dataset;
    if (key === "new") return this.add(field);
    if (key === "undo") return this.setUndo(field);
    this.commit(field);
    this.open("after");
  }

  /** @param {HTMLInputElement} field a title that was typed */
  commit(field) {
    const line = this.lines.find(({ path }) => path === field.dataset.key);
    const value = field.value.trim();
    if (!line) return;
    if (!value) field.value = line.title;
    if (!value || value === line.title) return;
    field.defaultValue = field.value = value;
    line.title = value;
    this.session.send({ kind: "set-field", element: line.path, field: "title", value });
  }

  /** @param {HTMLInputElement} field */
  cancel(field) {
    const { key } = field.dataset;
    if (key !== "new" && key !== "undo") return void (field.value = field.defaultValue);
    this.fresh = null;
    this.undoOf = "";
    this.focus(this.here);
  }

  /** @param {string} key */
  focus(key) {
    this.draw();
    this.fieldOf(key)?.focus();
  }

  /** @param {string} where `after`, or `segment`: a new line */
  open(where) {
    const { line } = this;
    if (where === "segment") {
      const last = this.lines.filter(({ segment }) => segment === (line?.segment ?? "")).at(-1);
      this.fresh = { after: last?.path ?? "", sort: "segment", where, text: "" };
    } else if (line) this.fresh = { after: line.path, sort: "step", where, text: "" };
    this.focus("new");
  }

  /** @param {string} where Tab and Shift+Tab: for the new line, or for the line that is there */
  async place(where) {
    const { fresh, line } = this;
    if (fresh && document.activeElement === this.fieldOf("new")) {
      const above = this.lines.find(({ path }) => path === fresh.after);
      const branches = above?.isParallel || fresh.where === "join";
      fresh.where = where === "beside" ? (fresh.where === "join" ? "after" : "beside") : fresh.where === "after" && branches ? "join" : "after";
      fresh.text = this.fieldOf("new")?.value ?? "";
      announce("outline", WHERE[/** @type {keyof typeof WHERE} */ (fresh.where)]);
      return this.focus("new");
    }
    if (!line?.previous) return announce("outline", "There is no line above it to be parallel to.");
    if (line.sort === "segment") return this.placeSegment(line, where === "beside");
    await this.idle();
    const keys = where === "beside" ? [`${where}/${line.previous}`] : line.isParallel ? [`after/${line.previous}`, `join/${line.segment}`] : [`join/${line.segment}`];
    this.moveTo(line, keys);
  }

  /** @param {OutlineLine} line @param {boolean} isParallel */
  placeSegment(line, isParallel) {
    const { segments } = this.session.state.document;
    const at = segments.findIndex((/** @type {any} */ one) => one.name === line.previous);
    const value = isParallel ? beforeOf(segments, at) : null;
    this.sendHere({ kind: "set-field", element: line.path, field: "after", value });
  }

  /** @param {OutlineLine} line @param {string[]} keys of places, the first one that is there counts */
  async moveTo(line, keys) {
    const places = await this.placing.places([line.name]);
    const place = placeOf(places, keys);
    if (!place) return announce("outline", `${line.title} cannot be moved there.`);
    this.sendHere(place.operation);
  }

  /** @param {any} operation after which the focus is in the line of its element */
  sendHere(operation) {
    this.then = (focus) => (this.here = focus);
    const key = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key;
    if (key === this.here) {
      this.then = (focus) => {
        this.here = focus;
        const active = /** @type {HTMLElement | null} */ (document.activeElement);
        if (active?.dataset.key) active.dataset.key = focus;
      };
    }
    this.session.send(operation);
  }

  /** @param {1 | -1} by moves the line */
  async move(by) {
    const { line } = this;
    if (!line) return;
    await this.idle();
    const all = this.lines.filter(({ sort }) => sort === line.sort);
    const at = all.findIndex(({ path }) => path === line.path);
    const other = all[at + by];
    if (!other) return announce("outline", `${line.title} is the ${by < 0 ? "first" : "last"} one.`);
    if (line.sort === "segment") return this.sendHere({ kind: "move-segment", segment: line.name, after: by > 0 ? other.name : all[at - 2]?.name ?? null });
    const isNear = other.segment === line.segment;
    this.moveTo(line, (by > 0) === isNear ? [`after/${other.name}`, `inside/${other.segment}`] : [`before/${other.name}`, `after/${other.name}`]);
  }

  pivot() {
    const { line } = this;
    if (line?.sort === "step") this.sendHere({ kind: "set-field", element: line.path, field: "pivot", value: line.pivot ? null : true });
  }

  remove() {
    const { line } = this;
    if (!line) return;
    const at = this.lines.indexOf(line);
    const next = (this.lines[at - 1] ?? this.lines[at + 1])?.path ?? "";
    this.sendHere(line.sort === "step" ? { kind: "delete-steps", steps: [line.name] } : { kind: "delete-segment", segment: line.name });
    this.then = () => (this.here = next);
  }

  /** @param {OutlineLine | undefined} line */
  openUndo(line) {
    if (line?.sort !== "step") return;
    this.here = line.path;
    this.undoOf = line.path;
    this.focus("undo");
  }

  /** @param {HTMLInputElement} field */
  setUndo(field) {
    const line = this.lines.find(({ path }) => path === this.undoOf);
    const typed = field.value.trim();
    this.undoOf = "";
    this.focus(this.here);
    if (!line || typed === line.undo) return;
    const step = elementAt(line.path, this.session.state.document);
    const value = typed ? this.choice(typed, step)?.steps?.[0].action ?? null : null;
    this.sendHere({ kind: "set-field", element: line.path, field: "undo", value });
  }

  /**
   * @param {string} typed @param {any} [undone] the step of an undo
   * @returns {Held | undefined} what is registered by this name, else a planned action
   */
  choice(typed, undone) {
    const all = ownFirst(this.palette.choices(typed), undone);
    const wanted = typed.toLowerCase();
    const found = all.find(({ title, held }) => title.toLowerCase() === wanted || held.steps?.[0].action === typed);
    return (found ?? all.at(-1))?.held;
  }

  /** @param {string} typed @returns {Held | undefined} the new step, with the undo behind `<` */
  heldOf(typed) {
    const { work, undo } = partsOf(typed);
    const held = work ? this.choice(work) : undefined;
    const action = undo && this.choice(undo, held?.steps?.[0])?.steps?.[0].action;
    return held && action ? { ...held, steps: held.steps?.map((step) => ({ ...step, undo: action })) } : held;
  }

  /** @param {HTMLInputElement} field the name of a new step or segment */
  async add(field) {
    const { fresh } = this;
    const typed = field.value.trim();
    if (!fresh || !typed) return this.cancel(field);
    field.value = fresh.text = "";
    await this.idle();
    if (fresh.sort === "segment") return this.addSegment(fresh, typed);
    const above = this.lines.find(({ path }) => path === fresh.after);
    const held = this.heldOf(typed);
    if (!above || !held) return;
    const places = await this.placing.places([]);
    const first = this.lines[this.lines.indexOf(above) + 1];
    const keys = above.sort === "step" ? [`${fresh.where}/${fresh.where === "join" ? above.segment : above.name}`, `after/${above.name}`]
      : first?.sort === "step" ? [`before/${first.name}`] : [];
    const place = placeOf(places, [...keys, `inside/${above.segment}`]);
    const operation = place && made(place, held);
    if (!operation) return announce("outline", "A step cannot be added there.");
    this.sendAndGoOn(operation);
  }

  /** @param {any} operation after which a new step begins below what it added */
  sendAndGoOn(operation) {
    this.then = (focus) => {
      this.here = focus;
      this.fresh = { after: focus, sort: "step", where: "after", text: "" };
    };
    this.session.send(operation);
  }

  /** @param {NewLine} fresh @param {string} typed */
  addSegment(fresh, typed) {
    const after = fresh.after ? fresh.after.split("/")[1] : null;
    const name = slug(typed);
    const add = { kind: "add-segment", name, style: "orchestrated", after };
    const titled = { kind: "set-field", element: `segments/${name}`, field: "title", value: typed };
    this.sendAndGoOn(humanize(name) === typed ? add : { kind: "together", operations: [add, titled], said: `Added the segment '${typed}'.` });
  }

  /** Waits until the server has everything: places are those of the newest document. */
  async idle() {
    while (this.session.waiting.length) {
      await new Promise((done) => ["state", "refused", "saved"].forEach((name) => this.session.addEventListener(name, done, { once: true })));
    }
  }
}

/** @param {Place[]} places @param {string[]} keys the first one that is there counts */
function placeOf(places, keys) {
  return keys.map((key) => places.find((one) => [one.key, ...one.also].includes(key))).find(Boolean);
}
