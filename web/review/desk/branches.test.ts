import type { Unit } from "@kit/door/types";
import { expect, test } from "vitest";
import { boardRows, type ProgressLine, type HeldLine } from "./board";
import { branches } from "./branches";

const unit = (code: string, parent: string): Unit => ({ code, parent, name: code, kind: "", level: "", depth: 0 });
const units = [unit("city", ""), unit("east", "city"), unit("west", "city"), unit("mine", "east"), unit("crew", "mine")];
const told = (code: string, records: number) => ({ unit: code, records, pending: 0, accepted: 0, returned: 0, refused: 0, changed: 0, to_send: 0, conflicts: 0 });
const status = (...codes: string[]) => codes.map((code, n) => told(code, n + 1)) as HeldLine[];
const line = (code: string, quota: number, done: number): ProgressLine =>
  ({ cells: [], figures: { unit: code, name: code, quota, actual: done, to_quota: done, missing: quota - done, over: 0, kinds: {}, percent: null } }) as ProgressLine;

test("worst comes first, and what lies deeper counts in the third level", () => {
  const known = status("city", "east", "west", "mine", "crew");
  const rows = boardRows([line("east", 5, 4), line("west", 5, 0)], units, known, [], 0);
  const [top] = branches(units, rows, known, [], 0);
  expect(top?.below.map((each) => each.unit)).toEqual(["west", "east"]);
  expect(top?.below[1]?.below.map((each) => [each.unit, each.held.records, each.below.length])).toEqual([["mine", 9, 0]]);
});

test("who sees a part of the tree begins at the top of that part", () => {
  const known = status("east", "mine", "crew");
  expect(branches(units, [], known, [], 0).map((each) => each.unit)).toEqual(["east"]);
});
