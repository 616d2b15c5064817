// @ts-check
/** On every page: the menus of the top bar, the palette, the shortcuts, the count of attention, and the times. */

import { showTimes } from "../live/times.js";
import { useAttention } from "./attention.js";
import { useMenus } from "./menus.js";
import { usePaletteDoor } from "./palette_door.js";
import { useShortcuts } from "./shortcuts.js";
import { useTheme } from "./theme.js";
import { useZone } from "./zone.js";

document.documentElement.classList.add("framed-by-script");
showTimes(document);
useZone();
useMenus();
useTheme();
usePaletteDoor();
useShortcuts();
useAttention();
