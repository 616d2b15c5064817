// @ts-check
/** Gives each cell of a list the name of its column, so that a phone can show a row as a card. */

label(document.querySelector("#result_list"));

/** @param {Element | null} list */
function label(list) {
  const names = [...(list?.querySelectorAll("thead th") ?? [])].map((head) => head.querySelector(".text")?.textContent?.trim() ?? "");
  for (const row of list?.querySelectorAll("tbody tr") ?? []) {
    [...row.children].forEach((cell, place) => cell.setAttribute("data-label", names[place] ?? ""));
  }
  list?.classList.add("sf-labelled");
}
