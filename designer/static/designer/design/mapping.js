// @ts-check
/**
 * The input of a step as a form: each field is filled by pointing at data of the run, or by typing a constant. The field
 * that has, or last had, the focus is *armed*: a click on a value in the list, or on an earlier step in the drawing and
 * then on its value, fills it.
 */

import { button, make } from "./state.js";

/** The ID of a new field, which gets the focus: else its value would be typed as keys of the drawing. */
let added = "";

export class Mapping {
  /** @param {HTMLElement} room @param {string} id @param {Offers} offers @param {(value: Record<string, Given> | null) => void} send */
  constructor(room, id, offers, send) {
    this.room = room;
    this.id = id;
    this.offers = offers;
    this.send = send;
    this.armed = "";
    this.only = "";
    room.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.armed) this.arm("");
    });
    this.show();
    const fresh = [...room.querySelectorAll("input")].find((each) => each.id === added);
    if (fresh) added = "";
    fresh?.focus();
  }

  /** @returns {Record<string, Given>} */
  get value() {
    return this.offers.value ?? {};
  }

  show() {
    const { whole, value, sources, targets } = this.offers;
    for (const each of [...this.room.children]) if (each.tagName !== "LEGEND") each.remove();
    const all = make("input", { type: "checkbox", id: `${this.id}-whole` });
    all.checked = value === null;
    all.addEventListener("change", () => this.send(all.checked ? null : this.sameNames()));
    this.room.append(make("label", { class: "option" }, all, whole));
    if (value === null) return;
    const rest = targets.filter(({ name }) => !(name in value));
    const rows = make("ul", { class: "plain" }, ...Object.keys(value).map((name) => this.row(name)), ...rest.map(({ name }) => this.row(name)));
    this.room.append(rows, this.newField());
    if (rest.some(({ name }) => sources.some((source) => source.name === name))) {
      this.room.append(button({}, () => this.send(this.sameNames()), "Fill same names"));
    }
    this.room.append(this.list());
  }

  /** @param {string} name */
  row(name) {
    const given = this.value[name];
    const target = this.offers.targets.find((one) => one.name === name);
    const field = make("input", {
      type: "text", id: `${this.id}-${name}`, spellcheck: "false", placeholder: given ? "null: choose or type" : target?.required ? "required" : "left out", list: `${this.id}-list`, value: given ? shown(given) : "",
    });
    field.addEventListener("focus", () => this.arm(name));
    field.addEventListener("change", () => this.fill(name, read(field.value, given)));
    const remove = button({ "aria-label": `Remove the field ${name}` }, () => this.fill(name, null), "×");
    const kind = target?.type ? make("span", { class: "muted" }, ` ${target.type}`) : "";
    const label = make("label", { for: field.id }, name, kind);
    const row = make("li", { "data-field": name }, label, make("div", { class: "filled" }, field, given ? remove : ""));
    for (const [look, text] of this.offers.notes[name] ?? []) row.append(make("p", { class: `hint ${look}` }, text));
    return row;
  }

  newField() {
    return typed({ id: `${this.id}-new`, placeholder: "another field", "aria-label": "Name of another field" }, (name) => {
      const source = this.offers.sources.find((one) => one.name === name);
      if (!(name in this.value)) added = `${this.id}-${name}`;
      this.fill(name, source ? { from: source.pointer } : { value: null });
    });
  }

  /** The data that is there before the step, by where it comes from. */
  list() {
    const { sources, free } = this.offers;
    const options = make("datalist", { id: `${this.id}-list` }, ...sources.map(({ pointer }) => make("option", { value: pointer })));
    const seen = sources.filter(({ step }) => !this.only || step === this.only);
    const steps = new Set(seen.map(({ step }) => step));
    if (free && !this.only) steps.add("");
    const any = () => typed({ placeholder: "another field", "aria-label": "Another field of the input of the run" }, (name) => this.point({ name, pointer: `/input/${name}` }));
    const groups = [...steps].map((step) =>
      make("section", {}, make("h3", {}, step || "Input of the run"), ...seen.filter((one) => one.step === step).map((one) => this.button(one)), free && !step ? any() : ""));
    const empty = make("p", { class: "hint" }, "No data is known before this step: the schema of the input has no fields, and earlier steps name no outputs. A pointer can be typed.");
    return make("div", { class: "data" }, options, ...(groups.length ? groups : [empty]));
  }

  /** @param {Source} source */
  button(source) {
    const path = source.pointer.split("/").slice(source.step ? 3 : 2).join(" › ");
    const about = [source.type, source.example, source.missing && `missing when ${source.missing}`].filter(Boolean).join(" · ");
    return button({ class: `source${source.missing ? " unsure" : ""}`, "data-pointer": source.pointer, title: about }, () => this.point(source),
      path, make("span", { class: "muted" }, about));
  }

  /** @param {string} name */
  arm(name) {
    this.armed = name;
    for (const row of this.room.querySelectorAll("[data-field]")) row.toggleAttribute("data-armed", row.getAttribute("data-field") === name);
  }

  /** @param {string} step an earlier step that was clicked in the drawing @returns {boolean} whether it was meant as data */
  pointAt(step) {
    if (!this.armed || this.only === step || !this.offers.sources.some((one) => one.step === step)) return false;
    this.only = step;
    const armed = this.armed;
    this.show();
    this.arm(armed);
    /** @type {HTMLElement | null} */ (this.room.querySelector(".source"))?.focus();
    return true;
  }

  /** @param {{ name: string, pointer: string }} source */
  point(source) {
    const open = this.offers.targets.find(({ name }) => name === source.name && !(name in this.value));
    this.fill(this.armed || open?.name || source.name, { from: source.pointer });
  }

  /** @param {string} name @param {Given | null} given */
  fill(name, given) {
    const { [name]: _, ...others } = this.value;
    this.armed = this.only = "";
    this.send(given ? (name in this.value ? { ...this.value, [name]: given } : { ...others, [name]: given }) : others);
  }

  /** @returns {Record<string, Given>} what is filled, and each wanted field for which there is data of the same name */
  sameNames() {
    const value = { ...this.value };
    for (const { name } of this.offers.targets) {
      const source = this.offers.sources.filter((one) => one.name === name).at(-1);
      if (!(name in value) && source) value[name] = { from: source.pointer };
    }
    return value;
  }
}

/** @param {Record<string, string>} attributes @param {(text: string) => void} run with what is typed */
function typed(attributes, run) {
  const field = make("input", { type: "text", ...attributes });
  field.addEventListener("change", () => field.value.trim() && run(field.value.trim()));
  return field;
}

/** @param {Given} given */
function shown(given) {
  if ("from" in given) return given.from;
  if (given.value === null) return "";
  return typeof given.value === "string" && !given.value.startsWith("/") && parsed(given.value) === undefined ? given.value : JSON.stringify(given.value);
}

/** @param {string} text a pointer, JSON, or a text as it is @param {Given | undefined} before @returns {Given | null} */
function read(text, before) {
  const typed = text.trim();
  if (!typed) return null;
  if (typed.startsWith("/")) return before && "default" in before ? { from: typed, default: before.default } : { from: typed };
  const value = parsed(typed);
  return { value: value === undefined ? typed : value };
}

/** @param {string} text @returns {any} `undefined`: it is not JSON */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
