// @ts-check
/** Drawings that stand next to each other open at one scale, that of the smallest: what is equal looks equal. */

const views = /** @type {SagaDrawing[]} */ ([...document.querySelectorAll(".side-by-side saga-drawing")]).flatMap(({ viewport }) => viewport ?? []);
const least = Math.min(...views.map(({ view }) => view.scale));
for (const each of views) each.zoomTo(least);
