// @ts-check
/** The selection, and named layers of classes and badges over the nodes. They survive that the drawing is replaced. */

const SVG = "http://www.w3.org/2000/svg";

export class Overlays {
  constructor() {
    /** @type {Map<string, Record<string, Look>>} */
    this.layers = new Map();
    /** @type {Map<string, SVGGElement>} by element, step and ID */
    this.elements = new Map();
    this.selected = "";
  }

  /** @param {SVGSVGElement} svg the drawing that they lie on from now on */
  attach(svg) {
    this.svg = svg;
    this.elements.clear();
    for (const node of /** @type {NodeListOf<SVGGElement>} */ (svg.querySelectorAll("[data-element]"))) {
      const { element = "" } = node.dataset;
      for (const id of [element, element.replace(/^step\//, ""), node.id]) if (id && !this.elements.has(id)) this.elements.set(id, node);
    }
    for (const [name, looks] of this.layers) this.put(name, looks);
    this.select(this.selected);
  }

  /** @param {string} id an element (`step/pay`), a step (`pay`) or an ID; empty: nothing */
  select(id) {
    this.selected = id;
    const found = this.elements.get(id) ?? null;
    const step = found?.getAttribute("data-step") ?? "";
    for (const node of this.svg?.querySelectorAll(".sf-node") ?? []) {
      node.classList.toggle("sf-selected", node === found || (step !== "" && node.getAttribute("data-step") === step));
    }
    return found;
  }

  /** @param {string} name @param {Record<string, Look> | null} looks by element, step or ID; `null` removes the layer */
  set(name, looks) {
    this.remove(name);
    this.layers.delete(name);
    if (!looks) return;
    this.layers.set(name, looks);
    this.put(name, looks);
  }

  /** @param {string} name @param {Record<string, Look>} looks */
  put(name, looks) {
    // Every box is read before anything changes: else each reading would lay the drawing out again.
    const marks = Object.entries(looks).map(([id, look]) => {
      const element = this.elements.get(id);
      return { element, look, mark: element && (look.badge || look.title) ? badge(name, element, look) : "" };
    });
    for (const { element, look, mark } of marks) {
      if (look.class) element?.classList.add(...look.class.split(" "));
      element?.append(mark);
    }
  }

  /** @param {string} name */
  remove(name) {
    for (const [id, look] of Object.entries(this.layers.get(name) ?? {})) {
      if (look.class) this.elements.get(id)?.classList.remove(...look.class.split(" "));
    }
    for (const mark of this.svg?.querySelectorAll(`.sd-badge[data-layer="${CSS.escape(name)}"]`) ?? []) mark.remove();
  }
}

/** @param {Element} element @returns the box of its shape in the drawing */
export function boxOf(element) {
  const shape = /** @type {SVGGraphicsElement | null} */ (element.querySelector("path, polygon, ellipse"));
  return shape?.getBBox() ?? { x: 0, y: 0, width: 0, height: 0 };
}

/** @param {string} name @param {SVGGElement} element @param {Look} look a badge at the right upper corner */
function badge(name, element, look) {
  const box = boxOf(element);
  const group = document.createElementNS(SVG, "g");
  group.setAttribute("class", "sd-badge");
  group.setAttribute("data-layer", name);
  group.setAttribute("transform", `translate(${box.x + box.width - 4} ${box.y + 4})`);
  if (look.title) group.append(withText("title", look.title));
  if (look.badge) {
    const half = 5 + look.badge.length * 3.5;
    const ground = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries({ x: -half, y: -9, width: 2 * half, height: 18, rx: 9 })) ground.setAttribute(key, `${value}`);
    group.append(ground, withText("text", look.badge));
  }
  return group;
}

/** @param {"title" | "text"} name @param {string} text */
function withText(name, text) {
  const element = document.createElementNS(SVG, name);
  element.textContent = text;
  if (name === "text") {
    for (const [key, value] of Object.entries({ "text-anchor": "middle", y: "4", "font-size": "11", "font-weight": "600" })) element.setAttribute(key, value);
  }
  return element;
}
