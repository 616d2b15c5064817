// @ts-check
/** On every page: the menus of the top bar, the theme, the palette, the shortcuts, and times in the browser's zone. */

import { showTimes } from "../live/times.js";
import { useMenus } from "./menus.js";
import { usePalette } from "./palette.js";
import { useShortcuts } from "./shortcuts.js";
import { useTheme } from "./theme.js";

document.documentElement.classList.add("framed-by-script");
showTimes(document);
useMenus();
useTheme();
usePalette();
useShortcuts();
