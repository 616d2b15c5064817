// @ts-check
/** Ages that tick: an element with `data-since` shows the time since then, in the form in which the server writes it. */

setInterval(showAges, 1_000);

export function showAges() {
  for (const element of document.querySelectorAll("[data-since]")) {
    const since = Date.parse(element.getAttribute("data-since") ?? "");
    const text = span(Math.max(0, Math.floor((Date.now() - since) / 1_000)));
    if (element.textContent !== text) element.textContent = text;
  }
}

/** @param {number} seconds */
function span(seconds) {
  const [minutes, hours, days] = [60, 3_600, 86_400].map((length) => Math.floor(seconds / length));
  if (days) return `${days} d ${hours % 24} h`;
  if (hours) return `${hours} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
