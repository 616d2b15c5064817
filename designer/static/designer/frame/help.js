// @ts-check
/** The help that lists the shortcuts of the page. It is loaded when it is opened. */

/** @type {Shortcut[]} The keys of a drawing, which `drawing/keys.js` handles while the drawing has the focus. */
const DRAWING = [
  { keys: "↓ ↑", does: "Next and previous step, along the edges" },
  { keys: "← →", does: "Other branch" },
  { keys: "u", does: "To the undo of a step, and back" },
  { keys: "Enter", does: "Open the step" },
  { keys: "0", does: "Zoom to 100 %; + and - zoom in and out" },
  { keys: "f", does: "Fit the drawing into its pane" },
  { keys: "A-Z", does: "Find a step by its title (begin with a capital)" },
];

/**
 * @param {Shortcut[]} usable the shortcuts of the page that can be used now
 * @param {boolean} isMac
 */
export function showHelp(usable, isMac) {
  const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("help"));
  const room = dialog?.querySelector("[data-shortcuts]");
  if (!dialog || !room || dialog.open) return;
  const drawing = document.querySelector("saga-drawing") ? DRAWING.map((each) => ({ ...each, section: "Drawing" })) : [];
  const shortcuts = [...usable, ...drawing];
  const sections = new Set(shortcuts.map((each) => each.section ?? ""));
  room.replaceChildren(...[...sections].map((section) => sectionOf(section, shortcuts, isMac)));
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.removeAttribute("open");
  dialog.showModal();
}

/**
 * @param {string} section
 * @param {Shortcut[]} shortcuts
 * @param {boolean} isMac
 */
function sectionOf(section, shortcuts, isMac) {
  const element = document.createElement("section");
  if (section) {
    const heading = document.createElement("h3");
    heading.textContent = section;
    element.append(heading);
  }
  const table = document.createElement("dl");
  for (const each of shortcuts.filter((one) => (one.section ?? "") === section)) {
    const line = document.createElement("div");
    const [keys, does] = [document.createElement("dt"), document.createElement("dd")];
    keys.append(...caps(each.keys, isMac));
    does.textContent = each.does;
    line.append(keys, does);
    table.append(line);
  }
  element.append(table);
  return element;
}

/**
 * @param {string} keys
 * @param {boolean} isMac
 * @returns {(HTMLElement | string)[]}
 */
function caps(keys, isMac) {
  const parts = keys.split(/[+ ](?=.)/).map((key) => (key === "Mod" ? (isMac ? "⌘" : "Ctrl") : key));
  return parts.flatMap((key, number) => {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    return number ? [" ", cap] : [cap];
  });
}
