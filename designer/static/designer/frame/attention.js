// @ts-check
/**
 * The number of runs that need attention: in the badge, in front of the title of the tab, and in a notification when it
 * grows, if the user asked for that. Pages with a live list know it at once; others ask at a calm rate. The approvals
 * that wait for the user have a badge of their own and the title of the inbox; reminders of them need attention too.
 */

const EVERY = 30_000;
const EVERY_HIDDEN = 60_000;
const LONGEST = 300_000;
const NOTIFY = "sagaflow.notify";
const MOST = 100;
const SOON = 3_000;

const badge = /** @type {HTMLElement | null} */ (document.querySelector("[data-attention]"));
const inbox = /** @type {HTMLElement | null} */ (document.querySelector("[data-approvals]"));
const bell = /** @type {HTMLElement | null} */ (document.querySelector("[data-reminders]"));
const isInbox = inbox?.closest("a")?.getAttribute("aria-current") === "page";
const title = document.title;
let count = numberIn(badge);
let approvals = numberIn(inbox);
let reminded = numberIn(bell);
let failures = 0;
let timer = 0;
let isSoon = false;

export function useAttention() {
  if (!badge) return;
  entitle();
  document.addEventListener("sagaflow:attention", (event) => {
    learn(/** @type {CustomEvent<number>} */ (event).detail);
    if (inbox) soon();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
  useNotifications();
  plan();
}

function plan() {
  clearTimeout(timer);
  const calm = document.visibilityState === "visible" ? EVERY : EVERY_HIDDEN;
  timer = setTimeout(ask, Math.min(calm * 2 ** failures, LONGEST));
}

/** Ask once for all that changes until then: a live list does not say what waits for a decision. */
function soon() {
  if (isSoon || document.visibilityState !== "visible" || failures) return;
  isSoon = true;
  clearTimeout(timer);
  timer = setTimeout(ask, SOON);
}

async function ask() {
  clearTimeout(timer);
  isSoon = false;
  try {
    const answer = await fetch(badge?.dataset.attention ?? "", { headers: { Accept: "application/json" } });
    if (answer.redirected) return; // logged out
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    approvals = show(inbox, found.approvals, MOST);
    reminded = show(bell, found.reminded, reminded, "Approvals with a reminder");
    learn(found.count);
    failures = 0;
  } catch {
    failures++;
  }
  plan();
}

/** @param {number} found */
function learn(found) {
  count = show(badge, found, count, "Runs that need attention");
  entitle();
}

/** @param {HTMLElement | null} where */
function numberIn(where) {
  return Number.parseInt(where?.querySelector("[data-count]")?.textContent || "0", 10);
}

/** @param {number} now */
function words(now) {
  return now >= MOST ? `${MOST - 1}+` : String(now);
}

/** @param {HTMLElement | null} where @param {number} found @param {number} before @param {string} [what] to notify of */
function show(where, found, before, what = "") {
  const now = Math.min(found, MOST);
  if (now > before) notify(`${what}: ${words(now)}`, what);
  const number = where?.querySelector("[data-count]");
  if (number) number.textContent = words(now);
  if (where) where.hidden = !now;
  return now;
}

function entitle() {
  const now = isInbox ? approvals : count + reminded;
  document.title = now ? `(${words(now)}) ${title}` : title;
}

function useNotifications() {
  const button = /** @type {HTMLElement | null} */ (document.querySelector("[data-notify]"));
  if (!button || !("Notification" in window)) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(isWanted()));
  button.addEventListener("click", async () => {
    const wants = !isWanted() && (await Notification.requestPermission()) === "granted";
    localStorage.setItem(NOTIFY, wants ? "on" : "off");
    button.setAttribute("aria-pressed", String(isWanted()));
  });
}

function isWanted() {
  return localStorage.getItem(NOTIFY) === "on" && Notification.permission === "granted";
}

/** @param {string} body @param {string} tag */
function notify(body, tag) {
  if (!("Notification" in window) || !isWanted() || document.hasFocus()) return;
  const shown = new Notification("Sagaflow", { body, tag });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}
