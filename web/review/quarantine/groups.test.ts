import { expect, test } from "vitest";
import { groupsOf, numbersText, recordsOf, type Quarantined } from "./groups";

const entry = (unit: string, device: string, reason: string, number: number, record: string | null): Quarantined =>
  ({ unit, device, reason, number, record, form: record && "event", stream: "", entry: String(number), text: "", args: [] }) as Quarantined;

test("entries of one device for one reason stand together, the most first within a unit", () => {
  const groups = groupsOf([entry("b", "x", "revoked", 1, null), entry("a", "y", "no_grant", 1, null), entry("a", "z", "revoked", 1, null), entry("a", "z", "revoked", 2, null)]);
  expect(groups.map((each) => [each.unit, each.device, each.entries.length])).toEqual([["a", "z", 2], ["a", "y", 1], ["b", "x", 1]]);
});

test("a record that several entries touch is told once", () => {
  const [group] = groupsOf([entry("a", "x", "revoked", 1, "r1"), entry("a", "x", "revoked", 2, "r1"), entry("a", "x", "revoked", 3, null)]);
  expect(group && recordsOf(group)).toEqual([{ unit: "a", form: "event", record: "r1" }]);
});

test("numbers that follow each other are told as from and to", () => {
  expect(numbersText([9, 3, 4, 5, 4], ", ")).toBe("3–5, 9");
  expect(numbersText([], ", ")).toBe("");
});
