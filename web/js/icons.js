// The shapes that tell a locker's state without colour, drawn with 24 × 24 strokes.

const NS = "http://www.w3.org/2000/svg";

const SHAPES = {
  free: [["circle", { cx: 12, cy: 12, r: 8.5 }]],
  held: [["circle", { cx: 12, cy: 12, r: 8.5 }], ["path", { d: "M12 7.5V12l3 2" }]],
  taken: [["rect", { x: 5.5, y: 11, width: 13, height: 9, rx: 2, fill: "currentColor" }], ["path", { d: "M8.5 11V8a3.5 3.5 0 0 1 7 0v3" }]],
  "mine-held": [["circle", { cx: 12, cy: 12, r: 8.5 }], ["path", { d: "M12 7.5V12l3 2" }]],
  mine: [["path", { d: "M5 12.5l4.5 4.5L19 7.5" }]],
  broken: [["path", { d: "M6.5 6.5l11 11M17.5 6.5l-11 11" }]],
};

export function icon(name) {
  const svg = document.createElementNS(NS, "svg");
  const frame = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": 2.2 };
  for (const [key, value] of Object.entries({ ...frame, "stroke-linecap": "round", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.classList.add("icon");
  for (const [shape, attributes] of SHAPES[name]) {
    const element = document.createElementNS(NS, shape);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    svg.append(element);
  }
  return svg;
}
