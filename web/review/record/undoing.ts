// Which of a record's changes somebody may take back, as far as can be seen from here; the door judges it.
import type { ShownRecord } from "@kit/door/types";
import { isOwn } from "./comments";

type Entry = ShownRecord["entries"][number];

const isChange = (field: string): boolean => !field.startsWith("_") || field === "_void" || field.startsWith("_explain");

// Sent, or a verdict that says something.
function isTold(entry: Entry): boolean {
  return Object.entries(entry.fields).some(([field, set]) => field === "_sent" || (field.startsWith("_review") && set.value !== null));
}

// Headquarters refuses what it voids: one act in two entries.
function isOneAct(one: Entry, other: Entry | undefined): boolean {
  return other !== undefined && one.stream === other.stream && Math.abs(one.number - other.number) === 1 && one.wall === other.wall && "_void" in { ...one.fields, ...other.fields };
}

// Own changes on which nobody built by what comes after them: no sending, no verdict, none of the same fields.
// What began the record is no change.
export function undoable(entries: Entry[], account: string): Set<string> {
  const out = new Set<string>();
  const later = new Set<string>();
  for (const [n, entry] of [...entries.entries()].reverse()) {
    const fields = Object.keys(entry.fields);
    if (isTold(entry) && !isOneAct(entry, entries[n - 1]) && !isOneAct(entry, entries[n + 1])) break;
    const isMine = isOwn(entry, account) && fields.some(isChange);
    if (n > 0 && isMine && !fields.some((field) => later.has(field))) out.add(entry.entry);
    for (const field of fields) later.add(field);
  }
  return out;
}
