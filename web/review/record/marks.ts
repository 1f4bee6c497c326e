// What there is to be known of each field of a record: what changed, what is in conflict, unusual,
// explained or remarked upon.
import type { ShownRecord } from "@kit/door/types";
import type { FieldMark } from "@kit/forms/FormView.vue";
import { valueText } from "@kit/forms/values";
import { say } from "@kit/words/words";
import { sinceMyLook } from "./since";

export type Compared = "look" | "sent" | "nothing";

export interface Marked {
  marks: Record<string, FieldMark>;
  compared: Compared;
  changes: number;
  wall?: number;
}

function beforeOf(record: ShownRecord, account: string): { before: Record<string, unknown>; compared: Compared; wall?: number } {
  const look = sinceMyLook(record, account);
  if (look) return { before: look.before, compared: "look", wall: look.wall };
  const sent = record.as_sent ?? {};
  return { before: sent, compared: Object.keys(sent).length ? "sent" : "nothing" };
}

// What headquarters says of each unusual value, in the reader's language; a field may be so in two ways.
function reasonsOf(record: ShownRecord): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { field, text } of record.unusual ?? []) texts.set(field, [...(texts.get(field) ?? []), text]);
  return texts;
}

export function marksOf(record: ShownRecord, account: string): Marked {
  const { before, compared, wall } = beforeOf(record, account);
  // Fields are called as a device likes: no name may be that of what every object has.
  const marks = Object.create(null) as Record<string, FieldMark>;
  const of = (field: string): FieldMark => (marks[field] ??= {});
  for (const [field, value] of Object.entries(before)) Object.assign(of(field), { before: value, hasBefore: true });
  for (const each of record.conflicts) of(each.field).conflict = true;
  for (const field of record.unexplained ?? []) of(field).warning = say("record.unexplained");
  for (const [field, texts] of reasonsOf(record)) of(field).warning = texts.join(say("record.reasonsBetween"));
  for (const [field, text] of Object.entries(record.explanations ?? {})) of(field).explanation = valueText(undefined, text);
  for (const [field, text] of Object.entries(record.review.fields ?? {})) of(field).remark = text;
  // What was remarked on before it was sent again stays beside what it was about.
  for (const station of record.review.stations ?? []) {
    for (const [field, text] of Object.entries(station.earlier?.fields ?? {})) of(field).remark ??= say("record.earlierRemark", { text });
  }
  // Where one has looked before, what is new stands out and the rest is grey.
  if (compared === "look") {
    for (const field of Object.keys(record.fields)) {
      const mark = of(field);
      if (!mark.hasBefore && !mark.conflict && !mark.warning && !mark.remark) mark.quiet = true;
    }
  }
  return { marks, compared, changes: Object.keys(before).length, ...(wall === undefined ? {} : { wall }) };
}
