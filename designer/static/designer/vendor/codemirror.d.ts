/** The names of the bundle. Their types stay in the packages, which only who builds the bundle has. */
export const autocompletion: any, closeCompletion: any, completionKeymap: any, completionStatus: any;
export const deleteLine: any, history: any, indentLess: any, indentMore: any, moveLineDown: any, moveLineUp: any, redo: any, standardKeymap: any, undo: any, undoDepth: any;
export const Annotation: any, ChangeSet: any, Compartment: any, EditorState: any, RangeSetBuilder: any, StateEffect: any, StateField: any, Text: any;
export const Decoration: any, EditorView: any, highlightActiveLine: any, highlightActiveLineGutter: any, keymap: any, lineNumbers: any, showTooltip: any, ViewPlugin: any;
