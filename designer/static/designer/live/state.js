// @ts-check
/**
 * What the page knows of a run. Pure: frames in, news out. To apply the same frame twice changes nothing.
 */

/** @typedef {{status: string, title: string, words: string}} Step */
/**
 * @typedef {{
 *   type: "snapshot" | "delta", after?: number, seq: number,
 *   paint: Record<string, [string, string, string, string]>,
 *   steps: Record<string, Step>, status: string,
 * }} Frame
 */

export class State {
  constructor(/** @type {number} */ seq) {
    /** The number of the latest journal entry that the page has. */
    this.seq = seq;
    this.status = "";
    /** @type {Record<string, Step>} */
    this.steps = {};
  }

  /**
   * @param {Frame} frame
   * @returns {"applied" | "gap"} `gap`: entries before it are missing; ask for them.
   */
  apply(frame) {
    if ((frame.after ?? 0) > this.seq) return "gap";
    this.seq = frame.seq;
    this.status = frame.status;
    this.steps = { ...this.steps, ...frame.steps };
    return "applied";
  }
}
