// Takes the place of @codemirror/language and @lezer/common in the bundle, and spares a visitor a sixth of it. The text
// has no grammar there: its colours, its completion and its places are the designer's. So a new line is indented as the
// line above, and nothing is between brackets.
import { Facet } from "@codemirror/state";

export const indentUnit = Facet.define({ combine: (values) => values[0] ?? "  " });

export const getIndentUnit = (state) => state.facet(indentUnit).length;

export const indentString = (state, columns) => " ".repeat(columns);

export const getIndentation = () => null;

export class IndentContext {}

export const matchBrackets = () => null;

const nothing = { type: { prop: () => undefined }, childBefore: () => null, childAfter: () => null, parent: null };

export const syntaxTree = () => ({ resolve: () => nothing, resolveInner: () => nothing });

export const NodeProp = { closedBy: undefined, openedBy: undefined };
