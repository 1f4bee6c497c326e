// Which records count in the reports, as records.list is asked for them.
import type { Campaign } from "@kit/door/types";

export type Query = Record<string, string | undefined>;

// The form that is counted, and what its records have to say to count, where that is one thing.
export function countedQuery(campaign: Campaign | undefined): Query {
  const held = campaign?.report.held ?? [];
  return { form: campaign?.report.form, state: held.length === 1 ? held[0] : undefined };
}
