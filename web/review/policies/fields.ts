// The fields that a policy can be for, as the campaigns' forms call them.
import type { Campaign } from "@kit/door/types";
import { labelOf } from "@kit/words/words";

export interface FieldChoice {
  name: string;
  // Each label that a form has for it, once.
  label: string;
}

// Those of what is kept of every record are none.
export function fieldChoices(campaigns: Campaign[]): FieldChoice[] {
  const labels = new Map<string, Set<string>>();
  for (const field of campaigns.flatMap((campaign) => campaign.forms).flatMap((form) => form.fields)) {
    labels.set(field.name, (labels.get(field.name) ?? new Set()).add(labelOf(field)));
  }
  return [...labels].map(([name, all]) => ({ name, label: [...all].join(" / ") }));
}

// Where a unit's policies say "*" all fields are meant.
export const kAllFields = "*";

export type Policy = "latest" | "site" | "headquarters" | "ask";
export const kPolicies: Policy[] = ["latest", "site", "headquarters", "ask"];
