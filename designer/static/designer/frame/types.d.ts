/** The types of the modules of every page. They are for the check only: nothing loads them. */

/**
 * `keys`: `Mod+K` (Ctrl, on a Mac the command key), a single key, or two single keys in a row (`g r`). Without `run` the
 * help lists keys that another module or the browser handles. A shortcut for which `when` is false is neither run nor
 * listed.
 */
type Shortcut = {
  keys: string; does: string; run?: (event: KeyboardEvent) => unknown; when?: () => boolean; section?: string;
};
/** A line of the palette. */
type Found = { kind: string; title: string; detail: string; href: string; glyph: string; tone: string };
