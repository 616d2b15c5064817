// @ts-check
/** What can stand at a place of the text: the keys, the values and their help, by the schema of a definition. */

import { stepsOf } from "./state.js";

const KEY = /^(\s*)((?:-\s+)*)(?:(?:"([^"]+)"|'([^']+)'|([^\s#"'{}[\],:&*!|>%@-][^#:{}[\],]*?))\s*:(?=\s|$))?/;
const WORD = /[\w.$-]*$/;
const CALLS = ["action", "undo", "compensate", "semantic"];

/** @param {string} line @returns {{ dashes: number[], key: string, column: number }} */
export function partsOf(line) {
  const [, indent, marks, ...names] = KEY.exec(line) ?? ["", "", ""];
  const dashes = [...marks].flatMap((char, at) => (char === "-" ? [indent.length + at] : []));
  return { dashes, key: names.find(Boolean) ?? "", column: indent.length + marks.length };
}

/**
 * @param {string[]} lines of the text up to the cursor, the last one is cut at the cursor
 * @param {string[]} [after] the lines below, for the keys that the element has already
 * @returns {TextContext}
 */
export function contextAt(lines, after = []) {
  const line = lines.at(-1) ?? "";
  const typed = WORD.exec(line)?.[0] ?? "";
  const from = line.length - typed.length;
  const { dashes, key, column } = partsOf(line);
  const opened = /[{,]\s*[\w.$-]*$/.test(line) && line.lastIndexOf("{") > line.lastIndexOf("}");
  const isKey = !key && !line.slice(column, from).trim() || opened;
  const inFlow = line.lastIndexOf("{") > line.lastIndexOf("}") ? /([\w.$-]+)\s*:\s*[^{},]*$/.exec(line) : null;
  const path = above(lines.slice(0, -1), column, dashes);
  if (inFlow || opened) {
    const owner = /([\w.$-]+)\s*:\s*\{[^{}]*$/.exec(line);
    if (owner) path.push(owner[1]);
  }
  const has = isKey ? siblings(lines.slice(0, -1), column, dashes.length > 0, -1).concat(siblings(after, column, false, 1)) : [];
  return { path, key: isKey ? "" : inFlow?.[1] ?? (key || listKey(path)), typed, from, isKey, has };
}

/** The key of the list whose item a plain `- value` is. @param {string[]} path */
function listKey(path) {
  return path.at(-1) === "-" ? path.at(-2) ?? "" : "";
}

/**
 * @param {string[]} lines above @param {number} column @param {number[]} dashes of the line itself
 * @returns {string[]} the keys, and `-` for an item of a list, from the outside
 */
function above(lines, column, dashes) {
  /** @type {string[]} */
  const path = [];
  let [keys, marks] = [column, column];
  const take = (/** @type {number[]} */ all) => {
    for (const dash of [...all].reverse()) {
      if (dash >= marks) continue;
      path.unshift("-");
      [keys, marks] = [dash + 1, dash];
    }
  };
  take(dashes);
  for (let at = lines.length - 1; at >= 0 && (keys > 0 || marks > 0); at -= 1) {
    const line = lines[at];
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const parts = partsOf(line);
    if (parts.key && parts.column < keys) {
      path.unshift(parts.key);
      [keys, marks] = [parts.column, parts.column];
    }
    take(parts.dashes);
  }
  return path;
}

/** @param {string[]} lines @param {number} column @param {boolean} isFirst of an item @param {1 | -1} by @returns {string[]} the other keys of the same mapping */
function siblings(lines, column, isFirst, by) {
  /** @type {string[]} */
  const found = [];
  if (isFirst && by < 0) return found;
  for (const line of by < 0 ? [...lines].reverse() : lines) {
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const parts = partsOf(line);
    if (parts.column < column) break;
    if (by > 0 && parts.dashes.length && parts.column <= column) break;
    if (parts.column > column) continue;
    if (parts.key) found.push(parts.key);
    if (parts.dashes.length) break;
  }
  return found;
}

export class Words {
  /** @param {Grammar} grammar */
  constructor(grammar) {
    this.grammar = grammar;
  }

  /** @param {any} schema @returns {any[]} the schemas that it can be: references and alternatives resolved */
  alternatives(schema) {
    if (!schema) return [];
    if (schema.$ref) return this.alternatives(this.grammar.schema.$defs[schema.$ref.split("/").pop()]);
    const own = schema.properties || schema.type || schema.enum ? [schema] : [];
    return [...own, ...(schema.anyOf ?? []).flatMap((/** @type {any} */ one) => this.alternatives(one))];
  }

  /** @param {string[]} path @returns {any[]} */
  at(path) {
    return path.reduce(
      (found, part) => found.flatMap((/** @type {any} */ one) => this.alternatives(part === "-" ? one.items : one.properties?.[part])),
      this.alternatives(this.grammar.schema),
    );
  }

  /** @param {TextContext} context @param {any} saga @param {string[]} events @returns {{ label: string, detail?: string, info?: string, apply?: string, type: string }[]} */
  options(context, saga, events) {
    if (context.isKey && context.path.at(-1) !== "-" || context.isKey && this.at(context.path).some((one) => one.properties)) return this.keys(context);
    const key = context.key || listKey(context.path);
    const made = (/** @type {string[]} */ all, /** @type {string} */ detail) => all.map((label) => ({ label, detail, type: "text" }));
    if (CALLS.includes(key)) return Object.entries(this.grammar.actions).map(([label, detail]) => ({ label, detail, type: "text" }));
    if (key === "on" || key === "emits" || key === "event") return made([...new Set(events)], "event");
    if (key === "saga") return made(this.grammar.sagas, "saga");
    if (key === "after") {
      const isStep = context.path.includes("steps");
      const names = isStep ? stepsOf(saga).map(({ step }) => step.name) : (saga.segments ?? []).map((/** @type {any} */ one) => one.name);
      return made(names.filter(Boolean), isStep ? "step" : "segment");
    }
    const inList = context.path.at(-1) === "-" && context.path.at(-2) === key;
    const path = inList ? context.path : [...context.path, key];
    return this.at(path).flatMap((one) => made((one.enum ?? (one.type === "boolean" ? ["true", "false"] : [])).map(String), ""));
  }

  /** @param {TextContext} context */
  keys({ path, has }) {
    const known = new Map();
    for (const one of this.at(path)) {
      for (const [label, schema] of Object.entries(one.properties ?? {})) if (!has.includes(label) && !known.has(label)) known.set(label, schema);
    }
    return [...known].map(([label, schema]) => {
      const kinds = this.alternatives(schema);
      const opens = kinds.length && kinds.every((one) => one.type === "object" || one.type === "array");
      return { label, detail: typesOf(kinds), info: schema.description || undefined, apply: opens ? `${label}:` : `${label}: `, type: "property" };
    });
  }

  /** @param {string[]} path @param {string} key @returns {string} what a key means; empty: it is not known */
  help(path, key) {
    const found = this.at(path).map((one) => one.properties?.[key]).find(Boolean);
    if (!found) return "";
    const kinds = this.alternatives(found);
    const about = found.description || kinds.map((one) => one.description).find(Boolean) || "";
    const values = kinds.flatMap((one) => one.enum ?? []);
    return [about, values.length ? `One of ${values.join(", ")}.` : `Takes ${typesOf(kinds) || "any value"}.`].filter(Boolean).join(" ");
  }
}

const TYPES = { string: "text", number: "a number", integer: "a whole number", boolean: "true or false", object: "keys and values", array: "a list" };

/** @param {any[]} kinds */
function typesOf(kinds) {
  const types = kinds.map((one) => (one.enum ? "a choice" : TYPES[/** @type {keyof typeof TYPES} */ (one.type)])).filter(Boolean);
  return [...new Set(types)].join(" or ");
}
