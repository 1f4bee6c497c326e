// What status says of headquarters, as findings: what is bad first.
import type { Answer } from "@kit/door/types";
import { contactOf, type Device } from "../desk/board";

export type Status = Answer<"status">;
export type Weight = "bad" | "watch" | "good";

export interface Finding {
  weight: Weight;
  // Words of it: health.NAME, with what stands in them.
  name: string;
  args: Record<string, string | number>;
  // Moments among them, by the name of their place.
  moments?: Record<string, number>;
  to?: { name: string; query?: Record<string, string> };
}

const kGib = 1024 ** 3;
// Room for so many times what is kept for headquarters' own work is plenty.
const kPlenty = 4;
const kOrder: Record<Weight, number> = { bad: 0, watch: 1, good: 2 };

const gib = (bytes: number) => Math.round((bytes / kGib) * 10) / 10;

function ofDisk(disk: NonNullable<Status["disk"]>): Finding {
  const args = { free: gib(disk.free), total: gib(disk.total), reserve: gib(disk.reserve) };
  if (disk.free < disk.reserve) return { weight: "bad", name: "diskFull", args };
  if (disk.free < kPlenty * disk.reserve) return { weight: "watch", name: "diskLow", args };
  return { weight: "good", name: "disk", args };
}

function ofClock(clock: Status["clock"]): Finding {
  if (!clock) return { weight: "good", name: "clock", args: {} };
  return { weight: "bad", name: "clockDoubted", args: {}, moments: { since: clock.doubted_since, wall: clock.wall, before: clock.said_before } };
}

function ofRules(status: Status): Finding {
  const { rules, newer_rules: newer } = status;
  if (rules) return { weight: "bad", name: "rulesUnknown", args: { hold: rules.hold, judged: rules.judged_by, install: rules.install } };
  if (newer !== undefined) return { weight: "watch", name: "rulesNewer", args: { newer } };
  return { weight: "good", name: "rules", args: {} };
}

function ofDevices(devices: Device[], connected: string[] | undefined, now: number): Finding {
  const contact = contactOf(devices, now);
  const to = { name: "devices" };
  if (!contact.devices) return { weight: "watch", name: "noDevices", args: {}, to: { name: "units" } };
  const args = { all: contact.devices, silent: contact.silent, connected: connected?.length ?? 0 };
  return contact.silent ? { weight: "watch", name: "devicesSilent", args, to } : { weight: "good", name: "devices", args, to };
}

export function findingsOf(status: Status, devices: Device[], now: number, roleText: (role: string) => string): Finding[] {
  const books = [...(status.common ? [status.common] : []), ...status.units];
  const out: Finding[] = [...(status.disk ? [ofDisk(status.disk)] : []), ofClock(status.clock), ofRules(status), ofDevices(devices, status.connected, now)];
  const quarantined = books.reduce((sum, each) => sum + each.quarantined, 0);
  out.push(
    quarantined
      ? { weight: "watch", name: "quarantined", args: { n: quarantined }, to: { name: "quarantine" } }
      : { weight: "good", name: "noneQuarantined", args: {}, to: { name: "quarantine" } },
  );
  for (const station of status.waiting ?? []) {
    if (!station.empty) continue;
    const to = { name: "records", query: { station: station.role, review: "pending" } };
    out.push({ weight: "watch", name: "emptyChair", args: { n: station.records, role: roleText(station.role) }, to });
  }
  const ofNone = status.units.find((each) => each.unit === "")?.records ?? 0;
  if (ofNone) out.push({ weight: "watch", name: "ofNoUnit", args: { n: ofNone } });
  const entries = books.reduce((sum, each) => sum + each.entries.book, 0);
  out.push({ weight: "good", name: "entries", args: { n: entries } });
  return out.sort((one, other) => kOrder[one.weight] - kOrder[other.weight]);
}
