// @ts-check
/** The text of the draft. What is typed is sent after a pause; a text that cannot be read keeps the last drawing. */

/** @typedef {import("./session.js").Session} Session */

const PAUSE = 900;
const LINE = /line (\d+)/i;

/** @param {Session} session @param {string} address */
export function useCode(session, address) {
  const panel = document.getElementById("panel-code");
  const area = /** @type {HTMLTextAreaElement | null} */ (panel?.querySelector("textarea"));
  const banner = document.getElementById("design-text-fault");
  if (!panel || !area || !banner) return;
  let timer = 0;
  let typed = false;

  const load = async () => {
    if (typed || panel.hidden) return;
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok || typed) return;
    const text = await answer.text();
    if (typed) return;
    if (area.value !== text) area.value = text;
    area.defaultValue = text;
  };
  const send = () => {
    clearTimeout(timer);
    if (typed && area.value !== area.defaultValue) session.sendText(area.value);
  };

  area.addEventListener("input", () => {
    typed = true;
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  });
  area.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  session.addEventListener("state", (event) => {
    const sent = /** @type {CustomEvent} */ (event).detail;
    if (sent?.to === "code" && sent.text === area.value) {
      typed = false;
      area.defaultValue = area.value;
      banner.hidden = true;
      area.removeAttribute("aria-invalid");
    }
    load();
  });
  session.addEventListener("refused", (event) => {
    const { message, sent } = /** @type {CustomEvent} */ (event).detail;
    if (sent?.to !== "code") return;
    banner.hidden = false;
    banner.textContent = `${message} The drawing shows the last text that can be read.`;
    area.setAttribute("aria-invalid", "true");
    const line = Number(LINE.exec(message)?.[1]);
    if (line && document.activeElement !== area) mark(area, line);
  });
  panel.ownerDocument.addEventListener("opened", load);
}

/** @param {HTMLTextAreaElement} area @param {number} line from 1 */
function mark(area, line) {
  const lines = area.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
}
