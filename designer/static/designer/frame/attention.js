// @ts-check
/**
 * The number of runs that need attention: in the badge, in front of the title of the tab, and in a notification when it
 * grows, if the user asked for that. Pages with a live list know it at once; others ask at a calm rate. The number of
 * approvals that wait for the user is in a badge of its own, and in front of the title of the inbox.
 */

const EVERY = 30_000;
const EVERY_HIDDEN = 60_000;
const LONGEST = 300_000;
const NOTIFY = "sagaflow.notify";
const MOST = 100;
const SOON = 3_000;

const badge = /** @type {HTMLElement | null} */ (document.querySelector("[data-attention]"));
const inbox = /** @type {HTMLElement | null} */ (document.querySelector("[data-approvals]"));
const isInbox = inbox?.closest("a")?.getAttribute("aria-current") === "page";
const title = document.title;
let count = Number.parseInt(badge?.querySelector("[data-count]")?.textContent || "0", 10);
let approvals = Number.parseInt(inbox?.querySelector("[data-count]")?.textContent || "0", 10);
let failures = 0;
let timer = 0;
let isSoon = false;

export function useAttention() {
  if (!badge) return;
  show(badge, count, !isInbox);
  if (inbox) show(inbox, approvals, isInbox);
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

/** Ask before long, once for all that changes until then: a list that is live does not say what waits for a decision. */
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
    if (answer.redirected) return; // logged out: nothing to show until the page is loaded again
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    learn(found.count);
    approvals = Math.min(found.approvals, MOST);
    if (inbox) show(inbox, approvals, isInbox);
    failures = 0;
  } catch {
    failures += 1;
  }
  plan();
}

/** @param {number} found */
function learn(found) {
  const now = Math.min(found, MOST);
  if (now > count) notify(now - count);
  if (now !== count && badge) show(badge, now, !isInbox);
  count = now;
}

/** @param {HTMLElement} where @param {number} now @param {boolean} isTitle the title of the tab says it too */
function show(where, now, isTitle) {
  const words = now >= MOST ? `${MOST - 1}+` : String(now);
  const number = where.querySelector("[data-count]");
  if (number) number.textContent = words;
  where.hidden = !now;
  if (isTitle) document.title = now ? `(${words}) ${title}` : title;
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

/** @param {number} more */
function notify(more) {
  if (!("Notification" in window) || !isWanted() || document.hasFocus()) return;
  const words = more === 1 ? "1 more run needs attention" : `${more} more runs need attention`;
  const shown = new Notification("Sagaflow", { body: words, tag: "sagaflow-attention" });
  shown.onclick = () => {
    window.focus();
    shown.close();
  };
}
