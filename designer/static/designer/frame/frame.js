// @ts-check
/** On every page: the menus of the top bar, the palette, the shortcuts, the count of attention, the times,
 * and texts that scripts insert. */

import { showTimes } from "../live/times.js";
import { useAttention } from "./attention.js";
import { useMenus } from "./menus.js";
import { usePaletteDoor } from "./palette_door.js";
import { useShortcuts } from "./shortcuts.js";
import { useTheme } from "./theme.js";
import { useZone } from "./zone.js";

document.documentElement.classList.add("framed-by-script");
import("./visible.js").then(({ useVisible }) => useVisible());
showTimes(document);
useZone();
useMenus();
useTheme();
usePaletteDoor();
useShortcuts();
useAttention();
document.addEventListener("click", ({ target }) => {
  if (target instanceof Element) target.closest("[data-dismiss]")?.parentElement?.remove();
});
