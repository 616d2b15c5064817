// @ts-check
/**
 * What the page knows of a run. Pure: frames in, news out. To apply the same frame twice changes nothing.
 */

/** @typedef {{seq: number, at: number, cause: number, kind: string, text: string}} Row */
/** @typedef {{status: string, ended: boolean, attention: string}} Summary */
/**
 * @typedef {{
 *   type: "snapshot" | "delta", after: number, seq: number, at: number,
 *   paint: Record<string, [string, string, string, string]>,
 *   steps: Record<string, {status: string, words: string}>,
 *   summary: Summary | null, rows: Row[],
 * }} Frame
 */

export class State {
  constructor(/** @type {number} */ seq) {
    /** The number of the latest journal entry that the page has. */
    this.seq = seq;
    /** @type {Summary | null} */
    this.summary = null;
    /** @type {Record<string, {status: string, words: string}>} */
    this.steps = {};
    /** Server time minus the browser's, in seconds. */
    this.skew = 0;
  }

  /**
   * @param {Frame} frame
   * @returns {"applied" | "gap"} `gap`: entries before it are missing; ask for them.
   */
  apply(frame) {
    if (frame.type === "delta" && frame.after > this.seq) return "gap";
    this.seq = frame.seq;
    this.skew = frame.at - Date.now() / 1000;
    this.steps = { ...this.steps, ...frame.steps };
    if (frame.summary) this.summary = frame.summary;
    return "applied";
  }
}
