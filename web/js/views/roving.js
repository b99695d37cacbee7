// One stop of the Tab key for each place; the arrows move on from there, across places too, by what stands where on the
// screen.

const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function roving(root, group, selector) {
  root.addEventListener("focusin", (event) => {
    const cell = event.target.closest(selector);
    if (!cell) return;
    for (const other of cell.closest(group).querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
  });
  root.addEventListener("keydown", (event) => {
    const cell = event.target.closest(selector);
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = target(root, selector, cell, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}

function target(root, selector, cell, key) {
  const all = [...root.querySelectorAll(selector)];
  if (key === "Home") return cell.closest("[role=row]").querySelector(selector);
  if (key === "End") return [...cell.closest("[role=row]").querySelectorAll(selector)].at(-1);
  if (!(key in DIRECTIONS)) return null;
  return nearest(cell, all, DIRECTIONS[key]);
}

// The nearest cell that lies in that direction; one that is straight ahead before one that is aside.
function nearest(cell, all, [dx, dy]) {
  const from = centre(cell);
  let best = null;
  let least = Infinity;
  for (const other of all) {
    const to = centre(other);
    const ahead = (to.x - from.x) * dx + (to.y - from.y) * dy;
    const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
    if (ahead < 4 || (dx !== 0 && aside > 8)) continue;
    const cost = ahead + aside * 2;
    if (cost < least) [best, least] = [other, cost];
  }
  return best;
}

function centre(element) {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}
