import { expect, test } from "vitest";
import type { Device } from "../desk/board";
import { findingsOf, type Status } from "./findings";

const kGib = 1024 ** 3;
const book = (unit: string, quarantined = 0, records = 0) =>
  ({ unit, entries: { own: 0, book: 2, waiting: 0, held: 0 }, records, pending: 0, changed: 0, to_send: 0, conflicts: 0, quarantined, devices: [] });
const told = (beside: Partial<Status>, ...units: ReturnType<typeof book>[]) => ({ device: "", name: "", units, ...beside }) as unknown as Status;
const met = [{ unit: "a", contact: 1, revoked: null }] as unknown as Device[];
const names = (status: Status, weight: string) =>
  findingsOf(status, met, 2, (role) => role).filter((each) => each.weight === weight).map((each) => each.name);

test("where all is well nothing is bad and nothing is to be watched", () => {
  const status = told({ disk: { free: 80 * kGib, total: 250 * kGib, reserve: kGib } }, book("a"));
  expect(names(status, "bad")).toEqual([]);
  expect(names(status, "watch")).toEqual([]);
});

test("a full disk, a doubted clock and rules that are not known are bad and come first", () => {
  const status = told({
    disk: { free: kGib / 2, total: 250 * kGib, reserve: kGib },
    clock: { doubted_since: 1, wall: 2, said_before: 3 },
    rules: { hold: 5, judged_by: 4, install: "9.9" },
  });
  expect(findingsOf(status, met, 2, (role) => role).slice(0, 3).map((each) => each.name)).toEqual(["diskFull", "clockDoubted", "rulesUnknown"]);
});

test("a disk that is filling up is to be watched", () => {
  expect(names(told({ disk: { free: 2 * kGib, total: 250 * kGib, reserve: kGib } }), "watch")).toEqual(["diskLow"]);
});

test("what waits where nobody sits, lies in quarantine or belongs to no unit is to be watched", () => {
  const status = told({ waiting: [{ role: "judge", unit: "", records: 3, empty: true }, { role: "clerk", unit: "", records: 9 }] }, book("a", 2), book("", 0, 4));
  expect(names(status, "watch")).toEqual(["quarantined", "emptyChair", "ofNoUnit"]);
});
