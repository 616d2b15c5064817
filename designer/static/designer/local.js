// @ts-check
/** On every page: times in the browser's zone. */

import { showTimes } from "./live/times.js";

showTimes(document);
