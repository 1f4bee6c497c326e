// Whether there is something of a record to be sent to stations; the door judges it.
import type { Form, ShownRecord } from "@kit/door/types";

export function isToBeSent(record: Pick<ShownRecord, "review" | "as_sent" | "void">, form: Pick<Form, "stations"> | undefined): boolean {
  if (!form?.stations.length || (record.void !== undefined && record.void !== null)) return false;
  return Boolean(record.review.unsent || record.review.changed_since || Object.keys(record.as_sent ?? {}).length);
}
