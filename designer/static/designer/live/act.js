// @ts-check
/**
 * Acting on a run in a dialog over the page: the form of the repair page, then the outcome. A link with `data-act`
 * opens it (`act_door.js` loads this module); without scripts the link leads to the page.
 */

const ASK_EVERY = 700;
const HEADERS = { "X-Dialog": "1", Accept: "text/html" };

/** @type {HTMLDialogElement | null} */
let dialog = null;
/** The address of the link that opened the dialog, to find it again after its part was replaced. */
let opener = "";
let timer = 0;
let busy = false;

/** @param {HTMLAnchorElement} link */
export async function open(link) {
  opener = link.getAttribute("href") ?? "";
  /** @type {HTMLDetailsElement | null} */ (link.closest("details.menu"))?.removeAttribute("open");
  const html = await ask(link.href);
  if (html === null) {
    location.assign(link.href);
    return;
  }
  show(html);
}

function made() {
  if (dialog) return dialog;
  dialog = document.createElement("dialog");
  dialog.className = "act";
  dialog.setAttribute("aria-labelledby", "act-title");
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    send(/** @type {HTMLFormElement} */ (event.target));
  });
  dialog.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target !== dialog && !target.closest("[data-close-dialog]")) return;
    event.preventDefault();
    if (target === dialog && typed()) return;
    dialog?.close();
  });
  dialog.addEventListener("close", closed);
  document.querySelector("main")?.append(dialog);
  return dialog;
}

/** What was typed is not lost by a click next to the dialog. */
function typed() {
  return [...(dialog?.querySelectorAll("textarea") ?? [])].some((field) => field.value !== field.defaultValue);
}

/** @param {string} html */
function show(html) {
  const box = made();
  const fresh = new DOMParser().parseFromString(html, "text/html");
  box.replaceChildren(...fresh.body.childNodes);
  if (!box.open) box.showModal();
  const first = box.querySelector("[aria-invalid]") ?? box.querySelector("textarea") ?? box.querySelector("#act-title");
  if (first instanceof HTMLElement) first.focus();
  follow();
}

/** @param {HTMLFormElement} form it is sent once, however often the button is pressed */
async function send(form) {
  if (busy) return;
  busy = true;
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector("[type=submit]"));
  button?.setAttribute("aria-disabled", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: HEADERS });
    if (answer.redirected) location.assign(answer.url);
    else if (dialog?.open) show(await answer.text());
  } catch {
    tellLost(form);
  } finally {
    busy = false;
    button?.removeAttribute("aria-disabled");
  }
}

/** @param {HTMLFormElement} form */
function tellLost(form) {
  form.querySelector("[data-lost]")?.remove();
  const told = document.createElement("p");
  told.className = "callout bad";
  told.dataset.lost = "";
  told.setAttribute("role", "alert");
  told.textContent = "The site did not answer. Reload the page to see whether the action was performed.";
  form.prepend(told);
}

/** Ask for the outcome of the act until it is final or the dialog is closed. */
function follow() {
  clearTimeout(timer);
  const told = /** @type {HTMLElement | null | undefined} */ (dialog?.querySelector("[data-outcome]:not([data-settled])"));
  if (!told) return;
  timer = setTimeout(async () => {
    const html = await ask(told.dataset.outcome ?? "");
    if (!dialog?.open) return;
    if (html !== null) renew(html);
    follow();
  }, ASK_EVERY);
}

/** @param {string} html the outcome as it is now; what did not change is left alone, so that it is announced once */
function renew(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  if (!dialog || fresh.body.textContent === dialog.textContent) return;
  const focused = dialog.contains(document.activeElement) ? document.activeElement?.localName : "";
  dialog.replaceChildren(...fresh.body.childNodes);
  const again = dialog.querySelector(focused === "a" ? "[data-close-dialog]" : "#act-title");
  if (again instanceof HTMLElement) again.focus();
}

function closed() {
  clearTimeout(timer);
  dialog?.replaceChildren();
  const links = [...document.querySelectorAll(`a[href="${CSS.escape(opener)}"]`)];
  const back = links.find((link) => /** @type {HTMLElement} */ (link).checkVisibility()) ?? document.querySelector(".run-actions summary");
  if (back instanceof HTMLElement) back.focus({ preventScroll: true });
}

/**
 * @param {string} address
 * @returns {Promise<string | null>} `null`: there is no such form for this user now
 */
async function ask(address) {
  try {
    const answer = await fetch(address, { headers: HEADERS });
    return answer.ok && !answer.redirected ? await answer.text() : null;
  } catch {
    return null;
  }
}
