// A verdict as it is typed, and what of it the door takes.
import type { Arguments } from "@kit/door/types";

export type Verdict = "accepted" | "returned" | "refused";

export interface Draft {
  verdict: Verdict | undefined;
  remark: string;
  fields: Record<string, string>;
  due: string;
  // For a chair in which nobody sits.
  for: string;
  reason: string;
}

export function emptyDraft(): Draft {
  return { verdict: undefined, remark: "", fields: Object.create(null) as Record<string, string>, due: "", for: "", reason: "" };
}

// Returned and refused need a word of why.
export function isComplete(draft: Draft): boolean {
  if (!draft.verdict) return false;
  if (draft.verdict === "accepted") return true;
  return draft.remark.trim() !== "" || Object.values(draft.fields).some((text) => text.trim() !== "");
}

export function argumentsOf(draft: Draft, record: string, seen: string): Arguments<"record.review"> {
  const fields = Object.fromEntries(Object.entries(draft.fields).filter(([, text]) => text.trim()));
  return {
    record,
    seen,
    verdict: draft.verdict ?? "accepted",
    ...(draft.remark.trim() && draft.verdict !== "accepted" ? { remark: draft.remark.trim() } : {}),
    ...(Object.keys(fields).length && draft.verdict !== "accepted" ? { fields } : {}),
    ...(draft.due && draft.verdict === "returned" ? { due: draft.due } : {}),
    ...(draft.for ? { for: draft.for, reason: draft.reason } : {}),
  } as Arguments<"record.review">;
}
