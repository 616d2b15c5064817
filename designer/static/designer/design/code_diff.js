// @ts-check
/** What changed between two texts, line by line. */

const MOST = 4_000_000;

/**
 * @param {string} before @param {string} after
 * @returns {{ from: number, to: number, insert: string }[]} in order; places in `before`
 */
export function changesBetween(before, after) {
  const [old, now] = [lines(before), lines(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const [left, right] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  let at = old.slice(0, start).join("").length;
  const made = [];
  for (const [gone, come] of hunks(left, right)) {
    if (gone === null) at += come.length;
    else {
      made.push({ from: at, to: at + gone.length, insert: come });
      at += gone.length;
    }
  }
  return made.filter(({ from, to, insert }) => from !== to || insert);
}

/** @param {string} text @returns {string[]} each with its line end */
function lines(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * @param {string[]} left @param {string[]} right
 * @returns {Iterable<[string | null, string]>} what is gone and what comes; `null`: text that both have
 */
function* hunks(left, right) {
  if (left.length * right.length > MOST) {
    yield [left.join(""), right.join("")];
    return;
  }
  const width = right.length + 1;
  const longest = new Uint16Array((left.length + 1) * width);
  for (let one = left.length - 1; one >= 0; one -= 1) {
    for (let two = right.length - 1; two >= 0; two -= 1) {
      longest[one * width + two] = left[one] === right[two]
        ? longest[(one + 1) * width + two + 1] + 1
        : Math.max(longest[(one + 1) * width + two], longest[one * width + two + 1]);
    }
  }
  let [one, two, gone, come] = [0, 0, "", ""];
  while (one < left.length || two < right.length) {
    if (one < left.length && two < right.length && left[one] === right[two]) {
      yield [gone, come];
      [gone, come] = ["", ""];
      yield [null, left[one]];
      one += 1;
      two += 1;
    } else if (two === right.length || (one < left.length && longest[(one + 1) * width + two] >= longest[one * width + two + 1])) {
      gone += left[one];
      one += 1;
    } else {
      come += right[two];
      two += 1;
    }
  }
  yield [gone, come];
}
