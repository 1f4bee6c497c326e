import type { Unit } from "@kit/door/types";
import { describe, expect, it } from "vitest";
import { closedAtFirst, codeMeant, inFours, pathTo, treeRows, unitText, withBelow } from "./tree";

const unit = (code: string, parent: string, depth: number, name = code): Unit => ({ code, name, parent, kind: "", level: "", depth });
const kUnits = [unit("city", "", 0), unit("east", "city", 1), unit("mine-8", "east", 2, "八矿"), unit("west", "city", 1), unit("mine-9", "west", 2, "八矿")];
const codes = (rows: { unit: Unit }[]) => rows.map((row) => row.unit.code);

describe("the tree of units", () => {
  it("draws each unit below its parent, and nothing below a closed one", () => {
    expect(codes(treeRows(kUnits, new Set(), ""))).toEqual(["city", "east", "mine-8", "west", "mine-9"]);
    expect(codes(treeRows(kUnits, new Set(["east"]), ""))).toEqual(["city", "east", "west", "mine-9"]);
    expect(codes(treeRows(kUnits, new Set(["city"]), ""))).toEqual(["city"]);
  });
  it("finds by name or code, and shows what stands above what was found, closed or not", () => {
    expect(codes(treeRows(kUnits, new Set(["city", "west"]), "MINE-9"))).toEqual(["city", "west", "mine-9"]);
    expect(codes(treeRows(kUnits, new Set(), "八矿"))).toHaveLength(5);
    expect(treeRows(kUnits, new Set(), "nothing")).toEqual([]);
  });
  it("begins with the topmost unit that the reader sees", () => {
    const part = kUnits.slice(1, 3);
    expect(treeRows(part, new Set(), "").map((row) => row.depth)).toEqual([0, 1]);
    expect(codes(treeRows(part, new Set(), "八矿"))).toEqual(["east", "mine-8"]);
  });
  it("stands open where it is small, and closed below its top where it is large", () => {
    expect(closedAtFirst(kUnits).size).toBe(0);
    const many = [unit("top", "", 0), unit("a", "top", 1), ...Array.from({ length: 500 }, (_, n) => unit(`a${n}`, "a", 2))];
    expect([...closedAtFirst(many)]).toEqual(["a"]);
  });
  it("knows what is above and below", () => {
    expect(pathTo(kUnits, "mine-8").map((each) => each.code)).toEqual(["city", "east", "mine-8"]);
    expect(pathTo(kUnits, "nowhere")).toEqual([]);
    expect(withBelow(kUnits).get("city")).toHaveLength(5);
    expect(withBelow(kUnits).get("west")).toEqual(["west", "mine-9"]);
  });
  it("takes a unit by its name, and by name and code where two are called alike", () => {
    expect(unitText(kUnits, kUnits[2] as Unit)).toBe("八矿（mine-8）");
    expect(codeMeant(kUnits, " 八矿（mine-9） ")).toBe("mine-9");
    expect(codeMeant(kUnits, "east")).toBe("east");
    expect(codeMeant(kUnits, "nowhere")).toBe("nowhere");
  });
  it("reads a code out in groups of four", () => {
    expect(inFours("V891J-MYJ3Q-A0AHH")).toEqual(["V891", "JMYJ", "3QA0", "AHH"]);
    expect(inFours("")).toEqual([]);
  });
});
