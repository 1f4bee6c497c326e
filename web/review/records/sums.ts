// The sums of a list in words: what the campaign adds up, called as its fields are.
import type { Answer, Campaign } from "@kit/door/types";
import { number } from "@kit/words/times";
import { labelOf, say } from "@kit/words/words";

export type Sums = NonNullable<Answer<"records.list">["sums"]>;

// Empty where nothing of the list counts.
export function sumsText(sums: Sums, campaign: Campaign): string {
  if (!sums.events) return "";
  const form = campaign.forms.find((each) => each.form === campaign.report.form);
  const parts = (["sessions", "participants"] as const).flatMap((measure) => {
    const field = form?.fields.find((each) => each.name === campaign.report[measure]);
    return field ? [`${labelOf(field)} ${number(sums[measure])}`] : [];
  });
  return say("records.sums", { n: number(sums.events), sums: parts.map((each) => say("records.andSum", { each })).join("") });
}
