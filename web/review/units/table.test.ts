import { describe, expect, it } from "vitest";
import { differencesOf, tableText } from "./table";

it("reads a table in UTF-8, with and without its mark, and in GBK as Excel writes it", () => {
  expect(tableText(new TextEncoder().encode("八矿").buffer as ArrayBuffer)).toBe("八矿");
  expect(tableText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]).buffer)).toBe("a");
  expect(tableText(new Uint8Array([0xb0, 0xcb, 0xbf, 0xf3]).buffer)).toBe("八矿");
});

describe("what a table of units would change", () => {
  it("is a row for a new unit, and one for each thing that would be another", () => {
    const lines = [
      { code: "a", name: "甲", added: true, changes: [{ field: "name", from: "", to: "甲" }] },
      { code: "b", name: "", added: false, changes: [{ field: "name", from: "乙", to: "乙矿" }, { field: "level", from: "county", to: "city" }] },
    ];
    expect(differencesOf(lines)).toEqual([
      { unit: "甲", added: true },
      { unit: "b", added: false, field: "name", from: "乙", to: "乙矿" },
      { unit: "b", added: false, field: "level", from: "county", to: "city" },
    ]);
  });
});
