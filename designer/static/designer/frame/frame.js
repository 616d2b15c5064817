// @ts-check
/** On every page: the menus of the top bar, the theme, and times in the browser's zone. */

import { showTimes } from "../live/times.js";
import { useMenus } from "./menus.js";
import { useTheme } from "./theme.js";

showTimes(document);
useMenus();
useTheme();
