// The quota board: what was asked of each unit, what is done, and what lies at headquarters of it.
import type { Line, Unit } from "@kit/door/types";
import { unitsOfRows } from "../rows";

// What headquarters holds of one unit, of this campaign.
export type HeldLine = Line<"report.board">;
export type ProgressLine = Line<"report.progress">;
export type Device = Line<"devices.list">;

const kDay = 24 * 3600 * 1000;
// Who was not met for so long is told as not in touch.
export const kSilentDays = 2;

const kCounts = ["records", "accepted", "pending", "returned", "refused", "changed", "conflicts", "to_send"] as const;
export type Held = Record<(typeof kCounts)[number], number>;

export interface Contact {
  devices: number;
  // Of those, which were not met for kSilentDays, or never.
  silent: number;
  // The last one of any device; undefined where none was met yet.
  last: number | undefined;
}

export interface BoardRow {
  unit: string;
  name: string;
  partOf: string | undefined;
  quota: number | undefined;
  done: number;
  // Of what is done, what counts to the quota.
  toQuota: number;
  missing: number;
  over: number;
  held: Held;
  contact: Contact;
  // Whether a list by unit says what the row counts (rows.ts).
  whole: boolean;
}

export function daysBetween(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / kDay));
}

export function isSilent(device: Device, now: number): boolean {
  return device.contact === null || daysBetween(device.contact, now) >= kSilentDays;
}

// Of devices that may still write.
export function contactOf(devices: Device[], now: number): Contact {
  const standing = devices.filter((each) => !each.revoked);
  const met = standing.flatMap((each) => (each.contact === null ? [] : [each.contact]));
  return { devices: standing.length, silent: standing.filter((each) => isSilent(each, now)).length, last: met.length ? Math.max(...met) : undefined };
}

export function heldOf(lines: Held[]): Held {
  return Object.fromEntries(kCounts.map((name) => [name, lines.reduce((sum, each) => sum + each[name], 0)])) as Held;
}

export function boardRows(lines: ProgressLine[], units: Unit[], told: HeldLine[], devices: Device[], now: number): BoardRow[] {
  const figures = lines.flatMap((line) => (line.figures ? [line.figures] : []));
  const counted = unitsOfRows(figures, units);
  return figures.map((each) => {
    const row = counted.get(each.unit);
    const within = (code: string) => row?.units.has(code) ?? false;
    return {
      unit: each.unit,
      name: each.name,
      partOf: each.part_of,
      quota: each.quota ?? undefined,
      done: each.actual,
      toQuota: each.to_quota,
      missing: each.missing,
      over: each.over,
      held: heldOf(told.filter((each) => within(each.unit))),
      contact: contactOf(devices.filter((device) => within(device.unit)), now),
      whole: row?.whole ?? false,
    };
  });
}

// What is done of the quota: 1 is all of it; nothing where no quota is.
export function shareOf(row: Pick<BoardRow, "quota" | "toQuota">): number | undefined {
  return row.quota ? row.toQuota / row.quota : undefined;
}

// The least done first; of those that are alike who lacks the most; who has no quota last.
export function worstFirst(rows: BoardRow[]): BoardRow[] {
  const share = (row: BoardRow) => shareOf(row) ?? Number.POSITIVE_INFINITY;
  return [...rows].sort((one, other) => {
    const [a, b] = [share(one), share(other)];
    return a === b ? other.missing - one.missing : a - b;
  });
}
