/** The types that the modules of the drawing share, and those that use it. They are for the check only: nothing loads them. */

/** The place of the drawing's corner in the pane, and its scale. */
type View = { x: number; y: number; scale: number };
type Size = { width: number; height: number };
/** In the drawing, at scale 1. */
type Box = { x: number; y: number; width: number; height: number };
type Point = { x: number; y: number };
/** Of one element in an overlay. */
type Look = { class?: string; badge?: string; title?: string };
type Button = { name: string; words: string; text: string; does: () => void; icon?: string; toggles?: boolean };
type SagaDrawing = import("./drawing.js").SagaDrawing;
type Viewport = import("./viewport.js").Viewport;
