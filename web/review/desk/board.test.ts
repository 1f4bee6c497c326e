import type { Unit } from "@kit/door/types";
import { expect, test } from "vitest";
import { boardRows, contactOf, shareOf, worstFirst, type Device, type ProgressLine, type HeldLine } from "./board";

const kDay = 24 * 3600 * 1000;
const kNow = 100 * kDay;

const unit = (code: string, parent: string): Unit => ({ code, parent, name: code, kind: "", level: "", depth: 0 });
const device = (unit: string, contact: number | null, revoked = false): Device =>
  ({ device: unit + contact, unit, name: null, granted: 0, revoked: revoked ? {} : null, allowed: null, contact, entries: 0, branches: 0 }) as Device;
const line = (unit: string, quota: number | null, done: number): ProgressLine =>
  ({ cells: [], figures: { unit, name: unit, quota, actual: done, to_quota: done, percent: null, missing: Math.max(0, (quota ?? 0) - done), over: 0, kinds: {} } }) as ProgressLine;
const told = (unit: string, records: number) => ({ unit, records, pending: records, accepted: 0, returned: 0, refused: 0, changed: 0, to_send: 1, conflicts: 0 });

test("a row has what lies at headquarters of the units that count in it", () => {
  const status = [told("east", 2), told("mine", 3), told("west", 7)] as HeldLine[];
  const rows = boardRows([line("east", 5, 1)], [unit("east", ""), unit("mine", "east"), unit("west", "")], status, [device("mine", kNow)], kNow);
  expect(rows[0]?.held).toMatchObject({ records: 5, to_send: 2 });
  expect(rows[0]?.contact.devices).toBe(1);
});

test("the least done comes first, then who lacks the most; without a quota last", () => {
  const rows = boardRows([line("none", null, 9), line("half", 10, 5), line("small", 2, 0), line("large", 60, 0)], [], [], [], kNow);
  expect(worstFirst(rows).map((row) => row.unit)).toEqual(["large", "small", "half", "none"]);
});

test("a quota of none has no share that is done", () => {
  expect(shareOf({ quota: undefined, toQuota: 4 })).toBeUndefined();
  expect(shareOf({ quota: 0, toQuota: 4 })).toBeUndefined();
});

test("who was never met, or not for two days, is not in touch; who was shut out is not asked after", () => {
  const contact = contactOf([device("a", kNow - kDay), device("b", kNow - 2 * kDay), device("c", null), device("d", null, true)], kNow);
  expect(contact).toEqual({ devices: 3, silent: 2, last: kNow - kDay });
});
