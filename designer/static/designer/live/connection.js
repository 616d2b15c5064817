// @ts-check
/** Shows whether the page is live, in words and with a dot. */

import { announce } from "./announce.js";

/**
 * @param {import("./socket.js").Connection} connection
 * @param {string} words
 */
export function tell(connection, words) {
  const element = document.getElementById("connection");
  const text = element?.querySelector("[data-words]");
  if (!element || !text) return;
  const before = element.dataset.state;
  element.dataset.state = connection;
  if (text.textContent !== words) text.textContent = words;
  if ((before === "on") !== (connection === "on") && before !== "new") announce("connection", `Connection: ${words}`);
}
