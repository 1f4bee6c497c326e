import type { RecordLine } from "../door/types";

export type StateName = "pending" | "unsent" | "returned" | "accepted" | "refused" | "void";

const kSigns: Record<StateName, string> = { pending: "○", unsent: "△", returned: "↩", accepted: "●", refused: "✕", void: "⊘" };

export function stateOf(record: Pick<RecordLine, "review" | "void">): { name: StateName; sign: string } {
  const told = record.review.state;
  const name: StateName =
    record.void !== undefined && record.void !== null ? "void"
    : told === "pending" && record.review.unsent ? "unsent"
    : told === "returned" || told === "accepted" || told === "refused" ? told
    : "pending";
  return { name, sign: kSigns[name] };
}
