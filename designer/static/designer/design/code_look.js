// @ts-check
/** The colours of the text, by the palette of the site, and the sizes of the editor. */

import { STEERS, visible } from "../frame/visible.js";
import { Decoration, EditorView, RangeSetBuilder, ViewPlugin } from "../vendor/codemirror.js";

const TOKEN = /((?:^|(?<=\s))#.*$)|("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(\s*:(?=\s|$))?|([A-Za-z_$][\w$.-]*)(\s*:(?=\s|$))|(?<![\w.:/-])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null|~)(?![\w.:/-])|((?<=^|\s)-(?=\s|$)|[[\]{}])/g;
const ENDS = /[\r\u2028\u2029]/; // the editor cuts lines there
const MARKS = Object.fromEntries(["comment", "key", "text", "value", "sign"].map((name) => [name, Decoration.mark({ class: `is-${name}` })]));

/** @param {any} view */
function marksOf(view) {
  const builder = new RangeSetBuilder();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      for (const found of line.text.slice(0, 2_000).matchAll(TOKEN)) {
        const [, comment, text, isKey, key, , value] = found;
        const mark = comment ? "comment" : text ? (isKey ? "key" : "text") : key ? "key" : value ? "value" : "sign";
        const length = text?.length ?? key?.length ?? found[0].length;
        builder.add(line.from + found.index, line.from + found.index + length, MARKS[mark]);
      }
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** @param {(view: any) => any} of the marks in what is seen */
const shown = (of) => ViewPlugin.fromClass(
  class {
    /** @param {any} view */
    constructor(view) {
      this.decorations = of(view);
    }

    /** @param {any} update */
    update(update) {
      if (update.docChanged || update.viewportChanged) this.decorations = of(update.view);
    }
  },
  { decorations: (/** @type {any} */ plugin) => plugin.decorations },
);

export const highlighting = shown(marksOf);
/** Characters that steer are shown as their codes, each in a box of its own, so that it turns no other text. */
export const steering = shown(codesOf);

/** @param {any} view */
function codesOf(view) {
  const builder = new RangeSetBuilder();
  for (const { from, to } of view.visibleRanges) {
    for (const { index, 0: found } of view.state.sliceDoc(from, to).matchAll(STEERS)) {
      if (ENDS.test(found)) continue;
      const mark = Decoration.mark({ class: "is-steering", attributes: { "data-code": visible(found) } });
      builder.add(from + index, from + index + 1, mark);
    }
  }
  return builder.finish();
}

export const theme = EditorView.theme({
  "&": { background: "var(--sf-card)", color: "var(--sf-ink)", fontSize: "0.8125rem", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--sf-focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "ui-monospace, 'DejaVu Sans Mono', monospace", lineHeight: "1.5", overscrollBehavior: "contain" },
  ".cm-content": { caretColor: "var(--sf-ink)", padding: "0.4rem 0" },
  ".cm-line::selection, .cm-line ::selection": { background: "var(--sf-blue-tint)" },
  ".cm-gutters": { background: "var(--sf-card)", border: "0", color: "var(--sf-muted)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "1.6rem", padding: "0 0.5rem 0 0.4rem" },
  ".cm-activeLine": { background: "color-mix(in srgb, var(--sf-focus) 7%, transparent)" },
  ".cm-line": { borderLeft: "3px solid transparent", paddingLeft: "0.4rem" },
  ".cm-line.is-element": { borderLeftColor: "var(--sf-accent)" },
  ".cm-line.is-warning": { textDecoration: "underline wavy var(--sf-orange) 1px", textUnderlineOffset: "3px" },
  ".cm-line.is-fault": { background: "var(--sf-red-tint)", textDecoration: "underline wavy var(--sf-red) 1px", textUnderlineOffset: "3px" },
  ".is-steering": { unicodeBidi: "isolate" },
  ".is-steering::before": { background: "var(--sf-red-tint)", color: "var(--sf-red)", content: "attr(data-code)" },
  ".is-key": { color: "var(--sf-accent)" },
  ".is-text": { color: "var(--sf-green)" },
  ".is-value": { color: "var(--sf-orange)" },
  ".is-comment": { color: "var(--sf-muted)", fontStyle: "italic" },
  ".is-sign": { color: "var(--sf-muted)" },
  ".cm-tooltip": {
    background: "var(--sf-card)", border: "1px solid var(--sf-hairline)", borderRadius: "8px", boxShadow: "0 6px 24px var(--sf-shade)",
    color: "var(--sf-ink)", fontFamily: "system-ui, sans-serif", overflow: "hidden",
  },
  ".code-help": { fontSize: "0.8125rem", lineHeight: "1.4", maxWidth: "24rem", padding: "0.4rem 0.6rem" },
  ".code-help p": { margin: "0 0 0.2rem" },
  ".code-help .fault": { color: "var(--sf-red)", fontWeight: "600" },
  ".code-help .warning": { color: "var(--sf-orange)", fontWeight: "600" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", fontSize: "0.8125rem", maxHeight: "15rem", minWidth: "12rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { alignItems: "baseline", display: "flex", gap: "1rem", justifyContent: "space-between", padding: "0.25rem 0.6rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { background: "var(--sf-blue-tint)", color: "var(--sf-blue)" },
  ".cm-completionMatchedText": { fontWeight: "700", textDecoration: "none" },
  ".cm-completionDetail": { color: "var(--sf-muted)", fontStyle: "normal", fontSize: "0.75rem", marginLeft: "0" },
  "li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-tooltip.cm-completionInfo": { fontSize: "0.8125rem", lineHeight: "1.4", padding: "0.4rem 0.6rem" },
});
