// @ts-check
/**
 * Runs before the first paint, so that nothing jumps: shows what needs scripts, and gives the panes the sizes that the user
 * chose, as custom properties of the root. A classic script, because modules run after the page was parsed.
 */

document.documentElement.classList.add("scripted");
for (const name of ["side", "drawer"]) {
  try {
    const size = Number(localStorage.getItem(`sagaflow.pane.${name}`));
    if (size > 0) document.documentElement.style.setProperty(`--pane-${name}`, `${size}px`);
  } catch {
    // The browser keeps nothing for this site: the sizes of the style sheet hold.
  }
}
