import type { Unit } from "@kit/door/types";
import { expect, test } from "vitest";
import { recordsOf, unitsOfRows } from "./rows";

const unit = (code: string, parent: string): Unit => ({ code, parent, name: code, kind: "", level: "", depth: 0 });
const units = [unit("city", ""), unit("east", "city"), unit("mine", "east"), unit("crew", "mine"), unit("west", "city")];

test("a unit counts in the nearest row above it and in no other", () => {
  const rows = unitsOfRows([{ unit: "city" }, { unit: "east" }], units);
  expect([...(rows.get("east")?.units ?? [])].sort()).toEqual(["crew", "east", "mine"]);
  expect([...(rows.get("city")?.units ?? [])].sort()).toEqual(["city", "west"]);
});

test("a list by unit says what the row counts only where no unit below it has a row of its own", () => {
  const rows = unitsOfRows([{ unit: "city" }, { unit: "east" }], units);
  expect(rows.get("east")?.whole).toBe(true);
  expect(rows.get("city")?.whole).toBe(false);
});

test("what is part of a row counts in both", () => {
  const rows = unitsOfRows([{ unit: "east" }, { unit: "mine", part_of: "east" }], units);
  expect([...(rows.get("east")?.units ?? [])].sort()).toEqual(["crew", "east", "mine"]);
  expect([...(rows.get("mine")?.units ?? [])].sort()).toEqual(["crew", "mine"]);
  expect(rows.get("east")?.whole).toBe(true);
});

test("units that are their own parents end", () => {
  const rows = unitsOfRows([{ unit: "a" }], [unit("a", "b"), unit("b", "a")]);
  expect(rows.get("a")?.units).toEqual(new Set(["a", "b"]));
});

test("a row leads to its unit's own records where all below it have rows, and nowhere where only some have", () => {
  const rows = unitsOfRows([{ unit: "east" }, { unit: "mine" }, { unit: "city" }, { unit: "west" }], units);
  expect(recordsOf(rows.get("mine"))).toEqual({});
  expect(recordsOf(rows.get("east"))).toEqual({ alone: "true" });
  expect(recordsOf(rows.get("city"))).toEqual({ alone: "true" });
  expect(recordsOf(unitsOfRows([{ unit: "city" }, { unit: "east" }], units).get("city"))).toBeUndefined();
});
