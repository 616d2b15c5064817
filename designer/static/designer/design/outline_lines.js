// @ts-check
/** The lines of the outline: what each says about its element, without the page. */

import { titleOf } from "./state.js";

/** @param {any} saga @returns {OutlineLine[]} the segments, each with its steps */
export function linesOf(saga) {
  const segments = named(saga?.segments);
  return segments.flatMap((segment, number) => {
    const path = `segments/${segment.name}`;
    const above = segments[number - 1];
    const before = beforeOf(segments, number);
    const line = {
      ...nothing, path, sort: /** @type {const} */ ("segment"), name: segment.name, segment: segment.name, title: titleOf(path, saga),
      isParallel: Boolean(above) && same(before, beforeOf(segments, number - 1)), style: segment.style ?? "orchestrated", previous: above?.name ?? "",
    };
    line.relation = relationOf(before, above?.name, line.isParallel, (name) => titleOf(`segments/${name}`, saga));
    return [line, ...stepLines(segment, saga)];
  });
}

const nothing = { relation: "", isParallel: false, style: "", work: "", undo: "", undoWords: "", pivot: false, previous: "" };

/** @param {string} typed `Book hotel < Cancel hotel` @returns {{ work: string, undo: string }} the list of a new saga is read in the same way */
export function partsOf(typed) {
  const [work, undo = ""] = typed.split(/<|\bundo:/i);
  return { work: work.trim(), undo: undo.trim() };
}

/** @param {any} segment @param {any} saga @returns {OutlineLine[]} */
function stepLines(segment, saga) {
  const steps = named(segment.steps);
  return steps.map((step, number) => {
    const path = `segments/${segment.name}/steps/${step.name}`;
    const above = steps[number - 1];
    const before = beforeOf(steps, number);
    const isParallel = Boolean(above) && same(before, beforeOf(steps, number - 1));
    const reacts = Array.isArray(step.on) ? `on ${step.on.join(", ")}` : "";
    return {
      path, sort: /** @type {const} */ ("step"), name: step.name, segment: segment.name, title: titleOf(path, saga), isParallel, style: "",
      relation: reacts || relationOf(before, above?.name, isParallel, (name) => titleOf(`segments/${segment.name}/steps/${name}`, saga)),
      work: workOf(step), ...undoOf(step), pivot: step.pivot === true, previous: above?.name ?? "",
    };
  });
}

/** @param {unknown} items @returns {any[]} */
function named(items) {
  return Array.isArray(items) ? items.filter((one) => typeof one?.name === "string") : [];
}

/** @param {any[]} all @param {number} at @returns {string[]} the names of what it comes directly after */
export function beforeOf(all, at) {
  if (Array.isArray(all[at].after)) return all[at].after;
  return at ? [all[at - 1].name] : [];
}

/** @param {string[]} one @param {string[]} two */
function same(one, two) {
  return one.length === two.length && one.every((name) => two.includes(name));
}

/** @param {string[]} before @param {string | undefined} above @param {boolean} isParallel @param {(name: string) => string} title */
function relationOf(before, above, isParallel, title) {
  if (isParallel && above) return `parallel to ${title(above)}`;
  if (!before.length) return above ? "at the start" : "";
  return before.length === 1 && before[0] === above ? "" : `after ${before.map(title).join(", ")}`;
}

/** @param {any} step */
function workOf(step) {
  if (step.action) return String(step.action);
  return ["event", "timer", "approval", "saga"].filter((key) => key in step).map((key) => `${key} ${step[key]}`)[0] ?? "";
}

/** @param {any} step @returns {{ undo: string, undoWords: string }} the action that undoes it, and what the line says */
function undoOf(step) {
  const { undo } = step;
  if (typeof undo === "string") return { undo, undoWords: undo };
  if (!undo || typeof undo !== "object") return { undo: "", undoWords: "" };
  const action = [undo.compensate, undo.semantic].find((one) => typeof one === "string") ?? "";
  return { undo: action, undoWords: action || Object.keys(undo)[0] || "" };
}
