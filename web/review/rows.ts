// The rows of the reports and the units that count in each: as the reports count them.
import type { Unit } from "@kit/door/types";

export interface Row {
  unit: string;
  // The row whose numbers hold this one's too.
  part_of?: string;
}

export interface CountedIn {
  units: Set<string>;
  // Whether the records of the unit and those below it are just those that the row counts: else
  // units below it have rows of their own, and a list by unit would say more than the row.
  whole: boolean;
}

// A unit counts in the nearest row above it, itself first, and in the rows that this one is part of.
export function unitsOfRows(rows: Row[], units: Unit[]): Map<string, CountedIn> {
  const parents = new Map(units.map((each) => [each.code, each.parent]));
  const partOf = new Map(rows.map((row) => [row.unit, row.part_of]));
  const out = new Map(rows.map((row) => [row.unit, { units: new Set([row.unit]), whole: true }]));
  const below = new Map<string, number>();
  const codes = new Set([...parents.keys(), ...out.keys()]);
  for (const code of codes) {
    const above = [...upwards(code, (each) => parents.get(each))];
    for (const each of above) below.set(each, (below.get(each) ?? 0) + 1);
    const row = above.find((each) => out.has(each));
    if (row === undefined) continue;
    for (const each of upwards(row, (at) => partOf.get(at))) out.get(each)?.units.add(code);
  }
  for (const [code, row] of out) row.whole = row.units.size === (below.get(code) ?? 1);
  return out;
}

// How a list of records by the row's unit is just of what the row counts: with those below it, or alone where each of
// them has a row; undefined where some have and some have not.
export function recordsOf(row: CountedIn | undefined): { alone?: "true" } | undefined {
  if (row?.whole) return {};
  return row?.units.size === 1 ? { alone: "true" } : undefined;
}

// From one on, itself first; ends where a tree that is none would go round.
function* upwards(from: string, next: (at: string) => string | undefined): Generator<string> {
  const seen = new Set<string>();
  for (let at: string | undefined = from; at && !seen.has(at); at = next(at)) {
    seen.add(at);
    yield at;
  }
}
