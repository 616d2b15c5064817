/** The names of the bundle. Their types stay in the packages, which only who builds the bundle has. */
export const autocompletion: any, closeCompletion: any, completionKeymap: any, completionStatus: any;
export const deleteLine: any, history: any, indentLess: any, indentMore: any, moveLineDown: any, moveLineUp: any, redo: any, standardKeymap: any, undo: any, undoDepth: any;
export const Annotation: any, ChangeSet: any, Compartment: any, EditorState: any, RangeSetBuilder: any, StateEffect: any, Text: any;
export const Decoration: any, EditorView: any, highlightActiveLine: any, keymap: any, lineNumbers: any, showTooltip: any, ViewPlugin: any;
/** A transaction, as far as a field looks at it. */
type Change = { effects: any[]; docChanged: boolean; selection: any; changes: any };
export const StateField: { define(field: { create(): any; update(value: any, change: Change): any; provide(field: any): any }): any };
