/** The types that the modules of the designer share. They are for the check only: nothing loads them. */

type Canvas = import("./canvas.js").Canvas;
type Session = import("./session.js").Session;
type Palette = import("./palette.js").Palette;
type Placing = import("./placing.js").Placing;

/** An operation of the canvas, with its `kind`. */
type Operation = Record<string, any>;
type Problem = Record<string, any> & { element: string; drawn: string; field: string; severity: string; message: string };
/** The draft as the server reports it. */
type State = {
  revision: number; drawing: string | null; why_not: string; focus: string; document: any; planned: string[];
  problems: Problem[]; undo: string | null; redo: string | null; sentence: string; saved: string;
  history: { number: number; sentence: string; by: string; at: string; undone: boolean }[];
};
/** `base`: the revision of the text before. */
type Sent = { id: string; to: "edit" | "undo" | "redo" | "code"; operation?: Operation; text?: string; base?: number };
type Saved = "saved" | "saving" | "offline" | "not-saved";
/** A place for what is held. */
type Place = { key: string; also: string[]; shape: string; anchor: string; sentence: string; operation: Operation; takes: string };
/** `moving`: names of steps that are there; `steps`: new ones; `sort`: `action`, `kind`, `pattern` or `segment`. */
type Held = { title: string; moving?: string[]; steps?: any[]; sort?: string; style?: string };
/** An element of the drawing, its node, and where it is on screen. */
type Seen = [string, Element, DOMRect];
/** A press of the pointer that may become a drag. */
type Press = { x: number; y: number; held: Held; pointer: number; target: Element; isTouch: boolean; moved: boolean };
type Choice = { held: Held; search: string; title: string; detail: string };
/**
 * `short`: for the footer; without it the key is in the help only. `menu`: it is in the context menu too. `several`: it
 * works on all selected steps. `isOfBrowser`: the browser makes an event of these keys, which needs no permission.
 */
type Key = {
  keys: string; does: string; short?: string; when?: () => boolean; run: () => unknown;
  menu?: boolean; several?: boolean; isOfBrowser?: boolean;
};
type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
/** A step of the rollback that is shown over the drawing. */
type GhostLine = { step: string; order: number; words: string; stays: boolean; done: boolean };

/** A value that a mapping can read. */
type Source = { pointer: string; name: string; step: string; type: string; missing: string; example: string };
/** A field that the action or the sub-saga takes. */
type Target = { name: string; type: string; required: boolean };
type Given = { from: string; default?: any } | { value: any };
type Offers = { free: boolean; notes: Record<string, [string, string][]>; whole: string; value: Record<string, Given> | null; sources: Source[]; targets: Target[] };

/**
 * `relation`: where it comes in the order, empty directly after the line above; `previous`: the element above of the
 * same sort, for a step in the same segment.
 */
type OutlineLine = {
  path: string; sort: "segment" | "step"; name: string; segment: string; title: string; relation: string; isParallel: boolean;
  style: string; work: string; undo: string; undoWords: string; pivot: boolean; previous: string;
};
/** A line that is typed and not there yet; `after`: the path above. */
type NewLine = { after: string; sort: "segment" | "step"; where: string; text: string };

/** Places of an element in the text. */
type TextRange = { path: string; from: number; to: number; keys: Record<string, number> };
type Note = { from: number; severity: string; message: string };
type Grammar = { schema: any; actions: Record<string, string>; sagas: string[] };
type TextContext = { path: string[]; key: string; typed: string; from: number; isKey: boolean; has: string[] };
