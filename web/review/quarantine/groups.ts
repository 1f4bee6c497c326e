// What is in quarantine, by unit, device and reason.
import type { Line } from "@kit/door/types";

export type Quarantined = Line<"quarantine.list">;

export interface Group {
  unit: string;
  device: string;
  reason: string;
  // The refusal with what stands in it.
  text: string;
  args: string[];
  entries: Quarantined[];
}

export function groupsOf(lines: Quarantined[]): Group[] {
  const out = new Map<string, Group>();
  for (const line of lines) {
    const key = JSON.stringify([line.unit, line.device, line.reason, line.text, line.args]);
    const group = out.get(key);
    if (group) group.entries.push(line);
    else out.set(key, { unit: line.unit, device: line.device, reason: line.reason, text: line.text, args: line.args, entries: [line] });
  }
  return [...out.values()].sort((one, other) => one.unit.localeCompare(other.unit) || other.entries.length - one.entries.length);
}

// The records that are touched, each once.
export function recordsOf(group: Group): { unit: string; form: string; record: string }[] {
  const out = new Map<string, { unit: string; form: string; record: string }>();
  for (const { unit, form, record } of group.entries) if (form && record) out.set(`${form}/${record}`, { unit, form, record });
  return [...out.values()];
}

// "3–7、9": the places in a device's stream, in order.
export function numbersText(numbers: number[], comma: string): string {
  const parts: [number, number][] = [];
  for (const each of [...new Set(numbers)].sort((one, other) => one - other)) {
    const last = parts.at(-1);
    if (last && each === last[1] + 1) last[1] = each;
    else parts.push([each, each]);
  }
  return parts.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(comma);
}
