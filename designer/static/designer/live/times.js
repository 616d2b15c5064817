// @ts-check
/** Times in the browser's zone; the server's UTC stays in the title. */

const DATE = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "2-digit", day: "2-digit" });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const MINUTE = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const WITHIN = /(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d(?::\d\d)?) UTC/g;

/** @param {ParentNode} root */
export function showTimes(root) {
  for (const element of root.querySelectorAll("time[data-time]")) {
    const time = /** @type {HTMLTimeElement} */ (element);
    const then = new Date(time.dateTime);
    const format = time.dataset.time;
    time.title = `${time.dateTime.replace("T", " ").replace("Z", "")} UTC`;
    if (format === "moment") time.textContent = `${DATE.format(then)}, ${CLOCK.format(then)}`;
    if (format === "near") time.textContent = near(then, CLOCK);
    if (format === "clock") time.textContent = CLOCK.format(then);
    if (format === "title") time.title = `${DATE.format(then)}, ${CLOCK.format(then)} (${time.title})`;
  }
}

/**
 * The clock alone for a time of today, with the date otherwise: what is due tomorrow must not look overdue.
 * @param {Date} then
 * @param {Intl.DateTimeFormat} clock
 */
function near(then, clock) {
  const day = DATE.format(then);
  return day === DATE.format(new Date()) ? clock.format(then) : `${day}, ${clock.format(then)}`;
}

/**
 * A text with its UTC times in the browser's zone.
 * @param {string} text
 */
export function localised(text) {
  return text.replace(WITHIN, (_, day, clock) => {
    const then = new Date(`${day ?? new Date().toISOString().slice(0, 10)}T${clock}Z`);
    return near(then, clock.length > 5 ? CLOCK : MINUTE);
  });
}
