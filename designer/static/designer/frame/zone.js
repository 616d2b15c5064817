// @ts-check
/** The zone of the times: the server learns the one of the browser, and the menu offers the names of all zones. */

import { browserZone } from "../live/times.js";
import { keep, kept } from "./cookies.js";

export function useZone() {
  if (kept("sagaflow_browser_zone") !== browserZone) keep("sagaflow_browser_zone", browserZone);
  const name = document.querySelector("[data-zone-name]");
  const isChosen = "zoneChosen" in document.documentElement.dataset;
  if (name && !isChosen && name.textContent !== browserZone) name.textContent = browserZone;
  const menu = document.querySelector("[data-menu=zone]");
  menu?.addEventListener("toggle", () => menu.querySelector("option") ?? offer(menu.querySelector("datalist")));
}

/** @param {Element | null} list */
function offer(list) {
  list?.append(
    ...Intl.supportedValuesOf("timeZone").map((zone) => {
      const option = document.createElement("option");
      option.value = zone;
      return option;
    }),
  );
}
