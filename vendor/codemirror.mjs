// The part of CodeMirror that the designer uses; `npm run vendor` bundles it into designer/static/designer/vendor/.
export { autocompletion, closeCompletion, completionKeymap, completionStatus } from "@codemirror/autocomplete";
export { deleteLine, history, indentLess, indentMore, moveLineDown, moveLineUp, redo, standardKeymap, undo, undoDepth } from "@codemirror/commands";
export { Annotation, ChangeSet, Compartment, EditorState, RangeSetBuilder, StateEffect, StateField, Text } from "@codemirror/state";
export { Decoration, EditorView, highlightActiveLine, keymap, lineNumbers, showTooltip, ViewPlugin } from "@codemirror/view";
