// The map: places as sections, lockers as they stand. Cells are made once and then only changed, so that the focus,
// the scroll position and a finger on its way down stay where they are.

import { attr, byId, h, show, text } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { look, sections } from "../lockers.js";
import { roving } from "./roving.js";

// More stand beside each other than half of a desk's screen can show.
const WIDE_COLUMNS = 6;

let drawn = "";
const cells = new Map();

/** `tap(id, look, event)` is called for every cell, whatever it shows. */
export function wireMap(tap) {
  byId("places").addEventListener("click", (event) => {
    const cell = event.target.closest("button.cell");
    if (cell) tap(Number(cell.dataset.id), cell.dataset.look, event);
  });
  roving(byId("places"), ".grid", "button.cell");
}

export function drawMap(state) {
  const { list, phase } = state;
  show(byId("map"), state.signedIn);
  if (!state.signedIn || !list) {
    text(byId("map-note"), t("map.loading"));
    show(byId("map-note"), true);
    if (drawn) rebuild([]);
    drawn = "";
    return;
  }
  const places = sections(list.lockers);
  const layout = places.map((place) => `${place.id}:${place.rows.flat().map((at) => at.locker.locker_id)}`).join();
  if (layout !== drawn) rebuild(places);
  drawn = layout;
  text(byId("map-free"), t("map.count", { free: list.available_count }));
  text(byId("map-total"), t("map.of", { total: list.total_count }));
  for (const place of places) drawCounts(place);
  for (const locker of list.lockers) drawCell(locker, state);
  const note = noteFor(state);
  text(byId("map-note"), note);
  show(byId("map-note"), note !== "");
  byId("map").dataset.phase = phase;
}

function noteFor({ list, phase, locker }) {
  if (list.total_count === 0) return t("map.empty");
  if (phase === "upcoming") return t("map.waiting");
  if (phase !== "open") return t("map.over");
  if (list.available_count === 0 && !locker) return t("map.allFull");
  return "";
}

function rebuild(places) {
  const root = byId("places");
  const focused = document.activeElement?.dataset?.id;
  cells.clear();
  root.replaceChildren(...places.map(placeSection));
  byId("jump").replaceChildren(...places.map(jumpLink));
  for (const grid of root.querySelectorAll(".grid")) grid.querySelector(".cell").tabIndex = 0;
  cells.get(Number(focused))?.button.focus({ preventScroll: true });
}

function placeSection(place) {
  const grid = h("div", { class: "grid", role: "grid", "aria-labelledby": `place-${place.id}-name` });
  grid.dataset.flow = place.columns === null ? "order" : "wall";
  if (place.columns !== null) grid.style.setProperty("--columns", place.columns);
  for (const [index, row] of place.rows.entries()) {
    grid.append(h("div", { class: "row", role: "row" }, ...row.map((at) => cellAt(at, index + 1, place.columns))));
  }
  return h(
    "section",
    {
      class: "place", id: `place-${place.id}`, "aria-labelledby": `place-${place.id}-name`,
      "data-wide": place.columns > WIDE_COLUMNS,
    },
    h(
      "header",
      { class: "place-head" },
      h("h3", { id: `place-${place.id}-name`, tabindex: "-1" }, place.name),
      h("p", { class: "place-count", id: `place-${place.id}-count` }),
    ),
    h("div", { class: "grid-frame" }, grid),
  );
}

function cellAt({ locker, column }, row, columns) {
  const state = h("span", { class: "cell-state" });
  const shape = h("span", { class: "cell-shape" });
  const button = h(
    "button",
    { class: "cell", type: "button", tabindex: "-1", "data-id": locker.locker_id },
    h("span", { class: "visually-hidden", "data-t": "locker.prefix" }, t("locker.prefix")),
    h("span", { class: "cell-number" }, String(locker.locker_id)),
    shape,
    state,
  );
  const frame = h("div", { class: "cell-frame", role: "gridcell" }, button);
  if (columns !== null) {
    frame.style.gridColumn = column;
    frame.style.gridRow = row;
  }
  cells.set(locker.locker_id, { button, state, shape });
  return frame;
}

function jumpLink(place) {
  const link = h(
    "a",
    { class: "chip", href: `#place-${place.id}` },
    h("span", {}, place.name),
    h("b", { id: `jump-${place.id}-count` }),
  );
  link.addEventListener("click", (event) => {
    // Without the fragment in the address: back must leave the page, not wander through it.
    event.preventDefault();
    byId(`place-${place.id}`).scrollIntoView({ block: "start" });
    byId(`place-${place.id}-name`).focus({ preventScroll: true });
  });
  return h("li", {}, link);
}

function drawCounts({ id, free, total }) {
  text(byId(`place-${id}-count`), free > 0 ? `${t("map.count", { free })} ${t("map.of", { total })}` : t("map.full"));
  text(byId(`jump-${id}-count`), String(free));
  byId(`place-${id}`).dataset.full = free === 0;
}

function drawCell(locker, { hold, locker: own, act, phase }) {
  const { button, state, shape } = cells.get(locker.locker_id);
  const shown = overlaid(locker, hold, own);
  if (button.dataset.look !== shown) {
    button.dataset.look = shown;
    shape.replaceChildren(icon(shown));
  }
  text(state, t(`state.${shown}`));
  attr(button, "data-busy", act?.id === locker.locker_id ? "true" : null);
  // Still focusable: a keyboard or a screen reader finds out why it cannot be chosen.
  attr(button, "aria-disabled", (shown === "free" && phase === "open" && !own) || shown.startsWith("mine") ? null : "true");
}

// The student's own act is known before the next list arrives.
function overlaid(locker, hold, own) {
  const id = locker.locker_id;
  if (own?.locker_id === id) return "mine";
  if (hold?.locker.locker_id === id) return "mine-held";
  const shown = look(locker);
  return shown.startsWith("mine") ? "free" : shown;
}
