// @ts-check
/** The form of the selected element. The server renders it; each field that changes becomes one operation. */

import { Mapping } from "./mapping.js";
import { elementAt, humanize, make, segmentOf, stepOf } from "./state.js";

export class Inspector {
  /** @param {HTMLElement} pane @param {Session} session @param {string} address */
  constructor(pane, session, address) {
    this.pane = pane;
    this.session = session;
    this.address = address;
    this.path = "";
    this.asked = 0;
    this.puts = false;
    /** Why the name is not taken. */
    this.refused = "";
    /** @type {Control | null} typed in before the form came again */
    this.kept = null;
    /** @type {(path: string, title: string) => void} */
    this.typed = () => {};
    /** @type {Mapping[]} */
    this.mappings = [];
    pane.addEventListener("change", (event) => this.changed(/** @type {Control} */ (event.target)));
    pane.addEventListener("click", (event) => {
      const field = /** @type {Element} */ (event.target).closest("[data-send]")?.closest("[data-samples]");
      if (field) session.send(JSON.parse(field.getAttribute("data-samples") ?? "{}"));
    });
    pane.addEventListener("focusout", () => this.kept && this.changed(this.kept));
    pane.addEventListener("input", (event) => this.typing(/** @type {Control} */ (event.target)));
    pane.addEventListener("submit", (event) => event.preventDefault());
    pane.addEventListener("keydown", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.key === "Enter" && target instanceof HTMLInputElement) target.blur();
    });
  }

  /** @param {string} path */
  async show(path) {
    const number = ++this.asked;
    const isWanted = () => number === this.asked;
    const html = await this.session.ask(`${this.address}?element=${encodeURIComponent(path)}`, isWanted);
    if (html !== null && isWanted()) this.put(html, path);
  }

  /** @param {Element} content instead of the form of an element */
  replace(content) {
    this.asked++;
    this.path = "";
    this.mappings = [];
    this.pane.replaceChildren(content);
  }

  /** @param {string} html @param {string} path the focused field keeps what is typed */
  put(html, path) {
    const active = /** @type {Control | null} */ (this.pane.contains(document.activeElement) ? document.activeElement : null);
    const open = new Map([...this.pane.querySelectorAll("details")].map((each) => [each.dataset.group, each.open]));
    const top = this.pane.scrollTop;
    this.puts = true;
    this.pane.innerHTML = html;
    this.puts = false;
    for (const each of this.pane.querySelectorAll("details")) {
      const was = open.get(each.dataset.group);
      if (was !== undefined) each.open = was;
    }
    this.fillCondition();
    this.fillMappings(path);
    if (this.refused) this.fail(this.pane.querySelector("[data-name=name]"), this.refused);
    this.refused = "";
    const same = path === this.path;
    this.pane.scrollTop = same ? top : 0;
    this.path = path;
    const again = same && active?.id && /** @type {Control | null} */ (document.getElementById(active.id));
    if (!again) return;
    again.focus({ preventScroll: true });
    if (!isText(active) || active.value === active.defaultValue || !isText(again)) return;
    again.value = active.value;
    this.kept = again;
    this.typing(again);
  }

  fillCondition() {
    const room = this.pane.querySelector(".control-condition");
    const held = /** @type {HTMLInputElement | null} */ (room?.querySelector("[name=held]"))?.value;
    if (!room || !held) return;
    const [op, pointer, value] = JSON.parse(held);
    /** @type {[string, string][]} */ ([["pointer", pointer], ["op", op], ["value", plain(value)]]).forEach(([name, text]) => {
      const control = /** @type {Control | null} */ (room.querySelector(`[name=${name}]`));
      if (control) control.value = text;
    });
  }

  /** @param {string} path */
  fillMappings(path) {
    this.mappings = [.../** @type {NodeListOf<HTMLElement>} */ (this.pane.querySelectorAll(".control-mapping"))].map((field) => {
      const room = /** @type {HTMLElement} */ (field.querySelector(".mapping"));
      const { name = "", inside = "", samples = "{}" } = field.dataset;
      return new Mapping(room, `map-${inside && inside !== name ? `${name}-${inside}` : name}`, JSON.parse(samples), (value) => this.sendMapping(path, inside, value));
    });
  }

  /** @param {string} path @param {string} inside empty: of the step itself @param {any} value */
  sendMapping(path, inside, value) {
    if (!inside) return this.session.send({ kind: "set-field", element: path, field: "input", value });
    const { undo } = elementAt(path, this.session.state.document) ?? {};
    const { input: _, ...whole } = typeof undo === "string" ? { compensate: undo } : undo ?? {};
    const made = value === null ? whole : { ...whole, input: value };
    const bare = Object.keys(made).length === 1 && typeof made.compensate === "string";
    this.session.send({ kind: "set-field", element: path, field: "undo", value: bare ? made.compensate : made });
  }

  /** @param {Control} control a title is shown on the drawing at once */
  typing({ id, value }) {
    const { title, name = "" } = elementAt(this.path, this.session.state.document) ?? {};
    if (id === "in-title") this.typed(this.path, value.trim() || humanize(name));
    else if (id === "in-name" && !title) this.typed(this.path, humanize(value));
  }

  /** @param {string} step clicked in the drawing @returns {boolean} whether a field of an input takes its data */
  pointAt(step) {
    return this.mappings.some((mapping) => mapping.pointAt(step));
  }

  /** @param {string} name focuses a field of the form, and opens its group */
  focus(name) {
    const field = /** @type {HTMLElement | null} */ (this.pane.querySelector(`[data-name="${CSS.escape(name)}"] :is(input, select, textarea)`));
    const group = field?.closest("details");
    if (group) group.open = true;
    field?.focus();
    field?.scrollIntoView({ block: "nearest" });
    return Boolean(field);
  }

  /** @param {Control} control */
  changed(control) {
    const field = /** @type {HTMLElement | null} */ (control.closest("[data-name]"));
    if (!field || this.puts || field.dataset.control === "mapping") return; // a mapping sends itself
    this.kept = null;
    try {
      const operation = this.operation(field, control);
      if (operation) this.session.send(operation);
    } catch (error) {
      this.fail(field, /** @type {Error} */ (error).message);
    }
  }

  /** @param {Element | null} field @param {string} why */
  fail(field, why) {
    field?.querySelector("input, select, textarea")?.setAttribute("aria-invalid", "true");
    field?.querySelector(".hint")?.replaceChildren(make("span", { class: "error" }, why));
  }

  /** @param {HTMLElement} field @param {Control} control @returns {Operation | null} */
  operation(field, control) {
    const { name = "", inside = "", control: sort = "", operation: kind = "" } = field.dataset;
    const element = elementAt(this.path, this.session.state.document) ?? {};
    const step = stepOf(this.path);
    if (kind === "rename") return { kind, element: this.path, name: control.value.trim() };
    if (kind === "switch-style") return { kind, segment: segmentOf(this.path), style: control.value };
    const value = sort === "condition" ? condition(field) : valueOf(sort, control);
    if (value === undefined) return null;
    if (kind === "set-undo") return { kind: "set-field", element: this.path, field: "undo", value: this.undo(inside, value) };
    if (kind === "set-work") {
      if (name === "kind") return { kind, step, work: JSON.parse(field.dataset.samples ?? "{}")[control.value] };
      const work = Object.fromEntries([...this.pane.querySelectorAll("[data-operation=set-work]")]
        .map((each) => /** @type {HTMLElement} */ (each).dataset.name ?? "")
        .filter((key) => key !== "kind" && key in element)
        .map((key) => [key, element[key]]));
      const made = inside ? { ...work, [name]: { ...element[name], [inside]: value } } : { ...work, [name]: value };
      return { kind, step, work: Object.fromEntries(Object.entries(made).filter(([, each]) => each !== null)) };
    }
    if (!inside) return { kind, element: this.path, field: name, value };
    const whole = { ...element[name], [inside]: value };
    if (value === null) delete whole[inside];
    return { kind, element: this.path, field: name, value: Object.keys(whole).length ? whole : null };
  }

  /** @param {string} inside @param {any} value @returns {any} the undo of the step */
  undo(inside, value) {
    const get = (/** @type {string} */ key) => {
      const field = this.pane.querySelector(`[data-name=undo][data-inside=${key}]`);
      const control = /** @type {Control | null} */ (field?.querySelector("input, select, textarea"));
      return key === inside ? value : control && field ? valueOf(field.getAttribute("data-control") ?? "", control) ?? null : null;
    };
    const kind = get("kind");
    if (!kind) return null;
    if (kind === "irreversible" || kind === "nothing") return { [kind]: get("reason") || "say why" };
    const step = elementAt(this.path, this.session.state.document);
    const work = get("work") || opposite(step?.action);
    const input = step?.undo?.input ?? null;
    const more = { reason: kind === "semantic" ? get("reason") : null, needs: get("needs"), emits: get("emits"), input };
    const options = Object.fromEntries(Object.entries(more).filter(([, each]) => each !== null && each !== ""));
    return kind === "compensate" && typeof work === "string" && !Object.keys(options).length ? work : { [kind]: work, ...options };
  }
}

/** @param {string | undefined} action @returns {string} a name for the undo that is not written yet */
function opposite(action) {
  const [service, verb] = (action ?? "service.verb").split(/\.(.*)/);
  return `${service}.undo_${verb}`;
}

/** @param {string} sort @param {Control} control @returns {any} JSON; `null`: the default */
function valueOf(sort, control) {
  const text = control.value.trim();
  switch (sort) {
    case "flag":
      return /** @type {HTMLInputElement} */ (control).checked || null;
    case "number":
      if (!text) return null;
      if (Number.isNaN(Number(text))) throw new Error(`'${text}' is not a number.`);
      return Number(text);
    case "names":
      return text === "[]" ? [] : text ? text.split(/[,\n]/).map((each) => each.trim()).filter(Boolean) : null;
    case "pairs":
      return text ? Object.fromEntries(text.split("\n").filter((line) => line.trim()).map(pair)) : null;
    case "json":
      try {
        return text ? JSON.parse(text) : null;
      } catch {
        throw new Error("This is not valid JSON.");
      }
    default:
      return text || null;
  }
}

/** @param {string} line @returns {[string, string]} */
function pair(line) {
  const at = line.indexOf(":");
  if (at < 1) throw new Error(`Write each line as 'key: value'. Got '${line}'.`);
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}

/** @param {HTMLElement} field @returns {any} nothing until pointer and value are there */
function condition(field) {
  const get = (/** @type {string} */ name) => /** @type {Control} */ (field.querySelector(`[name=${name}]`)).value.trim();
  const [pointer, op, value] = [get("pointer"), get("op"), get("value")];
  if (!pointer) return null;
  if (!value) return undefined;
  let parsed;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = value;
  }
  return { [op]: [pointer.startsWith("/") ? pointer : `/${pointer.replace(/\./g, "/")}`, parsed] };
}

/** @param {any} value */
function plain(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @param {Control} control @returns {control is HTMLInputElement | HTMLTextAreaElement} */
function isText(control) {
  return control instanceof HTMLTextAreaElement || (control instanceof HTMLInputElement && control.type === "text");
}
