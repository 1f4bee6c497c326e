// The units as a tree of three levels, each with what is known of it and those below it.
import type { Unit } from "@kit/door/types";
import { contactOf, heldOf, worstFirst, type BoardRow, type Contact, type Device, type Held, type HeldLine } from "./board";

export interface Branch {
  unit: string;
  name: string;
  // Its row of the board, where it has one.
  row: BoardRow | undefined;
  held: Held;
  contact: Contact;
  below: Branch[];
}

const kLevels = 3;

// The tops are the units within reach whose parent is not. What is below the third level counts in it.
export function branches(units: Unit[], rows: BoardRow[], told: HeldLine[], devices: Device[], now: number): Branch[] {
  const reach = new Set(told.map((each) => each.unit));
  const within = units.filter((each) => reach.has(each.code) && !each.removed);
  const children = new Map<string, Unit[]>();
  for (const each of within) children.set(each.parent, [...(children.get(each.parent) ?? []), each]);
  const byUnit = new Map(rows.map((row) => [row.unit, row]));
  const standing = new Map(worstFirst(rows).map((row, n) => [row.unit, n]));

  const allBelow = (unit: Unit): string[] => [unit.code, ...(children.get(unit.code) ?? []).flatMap(allBelow)];
  const branch = (unit: Unit, level: number): Branch => {
    const codes = new Set(allBelow(unit));
    const below = level < kLevels ? (children.get(unit.code) ?? []).map((each) => branch(each, level + 1)) : [];
    const place = (each: Branch) => standing.get(each.unit) ?? rows.length;
    return {
      unit: unit.code,
      name: unit.name,
      row: byUnit.get(unit.code),
      held: heldOf(told.filter((each) => codes.has(each.unit))),
      contact: contactOf(devices.filter((each) => codes.has(each.unit)), now),
      below: below.sort((one, other) => place(one) - place(other) || other.held.records - one.held.records),
    };
  };
  const tops = within.filter((each) => !reach.has(each.parent));
  return tops.map((each) => branch(each, 1));
}
