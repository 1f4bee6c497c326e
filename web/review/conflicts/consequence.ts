// What a decision does to what was sent or judged: a value; no I/O.
import type { Form, ShownRecord } from "@kit/door/types";

export type Consequence =
  // Nothing was sent or judged: what is decided counts at once.
  | { name: "counts" }
  // It was returned, or waits, or was judged as it was sent: its unit sends it again.
  | { name: "returned" }
  | { name: "sentAgain"; counted: unknown }
  // Judged without having been sent: it is to be judged again.
  | { name: "judgedAgain" };

type Known = Pick<ShownRecord, "review" | "fields"> & { as_sent?: Record<string, unknown> };

export function consequenceOf(record: Known, form: Form | undefined, field: string): Consequence {
  const { state, unsent } = record.review;
  const isSent = (form?.stations.length ?? 0) > 0 && !unsent;
  if (!isSent) return state === "pending" || unsent ? { name: "counts" } : { name: "judgedAgain" };
  if (state === "returned") return { name: "returned" };
  const asSent = record.as_sent ?? {};
  return { name: "sentAgain", counted: field in asSent ? asSent[field] : record.fields[field] };
}
