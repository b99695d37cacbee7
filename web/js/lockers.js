// Lockers as they stand: pure functions from the API's list to what is drawn.

const KNOWN = { available: "free", held: "held", confirmed: "taken", disabled: "broken" };

/** What a cell shows: free, held, taken, broken, or the caller's own: mine-held, mine. */
export function look(locker) {
  if (locker.mine) return locker.state === "held" ? "mine-held" : "mine";
  // A state that a later server invents is not free.
  return KNOWN[locker.state] ?? "broken";
}

/** The list as sections: [{id, name, free, total, columns, rows: [[{locker, column}]]}], in the list's order. */
export function sections(lockers) {
  const byName = new Map();
  for (const locker of lockers) {
    const name = locker.location_id;
    if (!byName.has(name)) byName.set(name, []);
    byName.get(name).push(locker);
  }
  return [...byName].map(([name, members]) => ({
    id: members[0].location.id,
    name,
    free: members.filter((locker) => look(locker) === "free").length,
    total: members.length,
    ...asTheyStand(members),
  }));
}

/**
 * Row and column from the number: the row is its second digit, the column the rest of it. Where the numbers do not
 * say that (too short, or two in one place), columns is null and there is one row, in order.
 */
export function asTheyStand(members) {
  const places = members.map((locker) => place(locker.locker_id));
  const taken = new Set(places.map((at) => at && `${at.row}/${at.column}`));
  if (places.includes(null) || taken.size !== members.length) {
    return { columns: null, rows: [members.map((locker, index) => ({ locker, column: index + 1 }))] };
  }
  const first = Math.min(...places.map((at) => at.column));
  const last = Math.max(...places.map((at) => at.column));
  // A wall whose numbers have great gaps would be mostly empty.
  if (last - first + 1 > members.length * 3) {
    return { columns: null, rows: [members.map((locker, index) => ({ locker, column: index + 1 }))] };
  }
  const rows = new Map();
  members.forEach((locker, index) => {
    const { row, column } = places[index];
    if (!rows.has(row)) rows.set(row, []);
    rows.get(row).push({ locker, column: column - first + 1 });
  });
  const ordered = [...rows].sort(([a], [b]) => a - b).map(([, cells]) => cells.sort((a, b) => a.column - b.column));
  return { columns: last - first + 1, rows: ordered };
}

function place(lockerId) {
  const digits = String(lockerId);
  if (digits.length < 3) return null;
  return { row: Number(digits[1]), column: Number(digits.slice(2)) };
}

/** The free lockers nearest to one that was lost: its neighbours first, then the same place, then the next places. */
export function nearestFree(lockers, lockerId, count = 3) {
  const lost = lockers.find((locker) => locker.locker_id === lockerId);
  const from = place(lockerId);
  const order = [...new Set(lockers.map((locker) => locker.location_id))];
  const home = order.indexOf(lost?.location_id);
  const distance = (locker) => {
    const away = Math.abs(order.indexOf(locker.location_id) - home) * 1000;
    const at = place(locker.locker_id);
    const near = from && at ? Math.hypot((at.row - from.row) * 1.5, at.column - from.column) : 0;
    return away + near;
  };
  return lockers
    .filter((locker) => look(locker) === "free" && locker.locker_id !== lockerId)
    .map((locker) => ({ locker, distance: distance(locker) }))
    .sort((a, b) => a.distance - b.distance || a.locker.locker_id - b.locker.locker_id)
    .slice(0, count)
    .map(({ locker }) => locker);
}
