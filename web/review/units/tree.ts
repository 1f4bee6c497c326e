// The tree of units as units.list tells it: each below its parent, with its depth.
import type { Unit } from "@kit/door/types";

export interface TreeRow {
  unit: Unit;
  // How deep it is drawn: 0 for the topmost that the reader sees.
  depth: number;
  hasBelow: boolean;
  open: boolean;
}

// Where the tree is this large only what is near its top stands open at first.
const kAllOpenMax = 400;
const kOpenDepth = 1;

function topOf(units: Unit[]): number {
  return units.reduce((least, unit) => Math.min(least, unit.depth), Infinity);
}

function hasBelow(units: Unit[], n: number): boolean {
  const [here, next] = [units[n], units[n + 1]];
  return here !== undefined && next !== undefined && next.depth > here.depth;
}

// Those that stand closed at first.
export function closedAtFirst(units: Unit[]): Set<string> {
  if (units.length <= kAllOpenMax) return new Set();
  const top = topOf(units);
  return new Set(units.filter((unit, n) => unit.depth - top >= kOpenDepth && hasBelow(units, n)).map((unit) => unit.code));
}

function holds(unit: Unit, sought: string): boolean {
  return unit.name.toLowerCase().includes(sought) || unit.code.toLowerCase().includes(sought);
}

// The rows to be drawn: where something is sought, what holds it and all above it; else what is not
// below a closed one.
export function treeRows(units: Unit[], closed: ReadonlySet<string>, sought: string): TreeRow[] {
  const wanted = sought.trim().toLowerCase();
  const top = topOf(units);
  const shown = wanted ? new Set(units.filter((unit) => holds(unit, wanted)).flatMap((unit) => pathTo(units, unit.code).map((each) => each.code))) : undefined;
  const rows: TreeRow[] = [];
  let closedDepth = Infinity;
  units.forEach((unit, n) => {
    if (shown ? !shown.has(unit.code) : unit.depth > closedDepth) return;
    const open = shown !== undefined || !closed.has(unit.code);
    closedDepth = open ? Infinity : unit.depth;
    rows.push({ unit, depth: unit.depth - top, hasBelow: hasBelow(units, n), open });
  });
  return rows;
}

// From the topmost that the reader sees down to the unit itself.
export function pathTo(units: Unit[], code: string): Unit[] {
  const known = new Map(units.map((unit) => [unit.code, unit]));
  const path: Unit[] = [];
  for (let at = known.get(code); at && !path.includes(at); at = known.get(at.parent)) path.unshift(at);
  return path;
}

// Each unit with the codes of itself and all below it.
export function withBelow(units: Unit[]): Map<string, string[]> {
  const out = new Map<string, string[]>(units.map((unit) => [unit.code, []]));
  const above: Unit[] = [];
  for (const unit of units) {
    while (above.length && (above[above.length - 1] as Unit).depth >= unit.depth) above.pop();
    above.push(unit);
    for (const each of above) out.get(each.code)?.push(unit.code);
  }
  return out;
}

// What a choice of units is called: by its name, with the code where others are called so too.
export function unitText(units: Unit[], unit: Unit): string {
  const same = units.filter((each) => each.name === unit.name).length > 1;
  return same ? `${unit.name}（${unit.code}）` : unit.name;
}

// What was typed or chosen, as the code; as it was typed where no unit is called so: headquarters
// says what is wrong with it.
export function codeMeant(units: Unit[], typed: string): string {
  const wanted = typed.trim();
  const found = units.find((unit) => unit.code === wanted || unitText(units, unit) === wanted);
  return found?.code ?? wanted;
}

// A code in groups of four, to be read over the telephone: what stands between them counts nowhere.
export function inFours(code: string): string[] {
  return code.replace(/[^0-9A-Za-z]/g, "").match(/.{1,4}/g) ?? [];
}
