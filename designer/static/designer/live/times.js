// @ts-check
/** Times in the zone that the user chose, else in that of the browser; UTC stays in the title. Relative times tick. */

const TICK = 1_000;
const UNITS = /** @type {const} */ ([["day", 86_400], ["hour", 3_600], ["minute", 60]]);
const WITHIN = /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d(?::\d\d)?) UTC/g;

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONE = "zoneChosen" in document.documentElement.dataset ? document.documentElement.dataset.zone : browserZone;

const FORMAT = new Intl.DateTimeFormat("sv-SE", {
  timeZone: ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

setInterval(() => document.visibilityState === "visible" && tick(document), TICK);

/** @param {ParentNode} root */
export function showTimes(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    const time = /** @type {HTMLTimeElement} */ (element);
    const [day, clock] = parts(new Date(time.dateTime));
    const format = time.dataset.time;
    time.title = `${time.dateTime.replace("T", " ").replace("Z", "")} UTC`;
    if (format === "moment") put(time, `${day} ${clock}`);
    if (format === "near") put(time, near(new Date(time.dateTime), clock));
    if (format === "clock") put(time, clock);
    if (format === "title" || format === "ago") time.title = `${day} ${clock} (${time.title})`;
  }
  tick(root);
}

/** @param {ParentNode} root */
function tick(root) {
  for (const element of root.querySelectorAll("time[data-time=ago]")) {
    const time = /** @type {HTMLTimeElement} */ (element);
    put(time, ago((Date.now() - new Date(time.dateTime).getTime()) / 1000));
  }
}

/**
 * A rough duration, in the words of the server.
 * @param {number} seconds
 */
function ago(seconds) {
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count) return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
  }
  return seconds < 10 ? "just now" : `${Math.floor(seconds)} seconds ago`;
}

/**
 * @param {HTMLElement} time
 * @param {string} text
 */
function put(time, text) {
  if (time.textContent !== text) time.textContent = text;
}

/**
 * @param {Date} then
 * @returns {string[]} day and clock
 */
function parts(then) {
  return FORMAT.format(then).split(" ");
}

/**
 * The clock alone for a time of today, with the date otherwise: what is due tomorrow must not look overdue.
 * @param {Date} then
 * @param {string} clock
 */
function near(then, clock) {
  const [day] = parts(then);
  return day === parts(new Date())[0] ? clock : `${day} ${clock}`;
}

/**
 * A text with its UTC times in the zone of the user.
 * @param {string} text
 */
export function localised(text) {
  return text.replace(WITHIN, (_, day, clock) => {
    const then = new Date(`${day ?? new Date().toISOString().slice(0, 10)}T${clock}Z`);
    return near(then, parts(then)[1].slice(0, clock.length));
  });
}
