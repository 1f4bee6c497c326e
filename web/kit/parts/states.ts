// What of a record's line, or of a record that is shown, tells its state.
export interface Reviewed {
  review: { state: string; unsent?: boolean; changed_since?: boolean };
  conflicts: readonly unknown[];
  void?: unknown;
}

export type StateName = "pending" | "unsent" | "returned" | "accepted" | "refused" | "void";

const kSigns: Record<StateName, string> = { pending: "○", unsent: "△", returned: "↩", accepted: "●", refused: "✕", void: "⊘" };

export function stateOf(record: Reviewed): { name: StateName; sign: string } {
  const told = record.review.state;
  const name: StateName =
    record.void !== undefined && record.void !== null ? "void"
    : told === "pending" && record.review.unsent ? "unsent"
    : told === "returned" || told === "accepted" || told === "refused" ? told
    : "pending";
  return { name, sign: kSigns[name] };
}
