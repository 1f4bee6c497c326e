// What a record said when somebody last decided on it, worked out of its history: a verdict names what
// was sent (`of`), which headquarters names each sending by (`sent`), and a sending names the entries
// that set each field. What a sending says of the one before it is its device's word alone.
import type { ShownRecord } from "@kit/door/types";
import { same } from "@kit/forms/values";

type Assigned = ShownRecord["history"][string][number];

interface SentValue {
  heads?: Record<string, string[]>;
}

interface VerdictValue {
  of?: string;
  verdict?: string;
}

export interface MyLook {
  wall: number;
  verdict: string;
  // Each field that says another thing now, with what it said then.
  before: Record<string, unknown>;
}

const kVerdict = "_review.";

function lastVerdictOf(record: ShownRecord, account: string): { wall: number; value: VerdictValue } | undefined {
  let last: Assigned | undefined;
  for (const [field, all] of Object.entries(record.history)) {
    if (!field.startsWith(kVerdict)) continue;
    for (const each of all) {
      const verdict = each.value as VerdictValue | null;
      if (each.person === account && verdict?.verdict && (!last || each.wall > last.wall)) last = each;
    }
  }
  return last && { wall: last.wall, value: last.value as VerdictValue };
}

function sendingOf(sendings: Assigned[], of: string | undefined): SentValue | undefined {
  return of === undefined ? undefined : (sendings.find((each) => each.sent === of)?.value as SentValue | undefined);
}

function valuesAt(record: ShownRecord, sending: SentValue): Record<string, unknown> {
  const out = Object.create(null) as Record<string, unknown>;
  for (const [entry, fields] of Object.entries(sending.heads ?? {})) {
    for (const field of fields) {
      if (field.startsWith("_")) continue;
      const set = Object.hasOwn(record.history, field) && record.history[field]?.find((each) => each.entry === entry);
      if (set) out[field] = set.value;
    }
  }
  return out;
}

// Nothing where this account has decided nothing on it yet.
export function sinceMyLook(record: ShownRecord, account: string): MyLook | undefined {
  const mine = lastVerdictOf(record, account);
  const sendings = record.history["_sent"] ?? [];
  const sending = mine && sendingOf(sendings, mine.value.of);
  if (!mine || !sending) return undefined;
  const then = valuesAt(record, sending);
  const before = Object.create(null) as Record<string, unknown>;
  for (const field of new Set([...Object.keys(then), ...Object.keys(record.fields)])) {
    if (!field.startsWith("_") && !same(then[field], record.fields[field])) before[field] = then[field] ?? null;
  }
  return { wall: mine.wall, verdict: mine.value.verdict ?? "", before };
}
