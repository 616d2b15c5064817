// @ts-check
/**
 * The Code view. The editor is loaded when the view is opened for the first time. Until then, and if it cannot be
 * loaded, the plain text field of the page is there, which is a form.
 */

/** @typedef {import("./code_editor.js").CodeEditor} CodeEditor */

export class Code {
  /**
   * @param {import("./modes.js").Modes} modes
   * @param {Session} session
   * @param {Canvas} canvas
   */
  constructor(modes, session, canvas) {
    this.session = session;
    this.canvas = canvas;
    /** @type {CodeEditor | null} */
    this.editor = null;
    this.isLoading = false;
    modes.addEventListener("mode", () => this.open(modes.mode));
    canvas.addEventListener("selected", () => this.editor?.follow(canvas.path));
  }

  /** @param {string} mode */
  async open(mode) {
    if (mode !== "code") return;
    if (this.editor) return this.editor.opened();
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      const { CodeEditor } = await import("./code_editor.js");
      const editor = new CodeEditor(this.session, this.canvas);
      await editor.load();
      this.editor = editor;
      editor.follow(this.canvas.path);
    } catch {
      this.isLoading = false;
    }
  }
}
