// What an account may, and whether it can sign in.
import type { Line } from "@kit/door/types";
import type { GrantChosen } from "./GrantFields.vue";

export type Account = Line<"accounts.list">;
export type AccountGrant = Account["roles"][number];
export type AccountState = "in" | "disabled" | "link" | "nothing";

export const kNoGrant: GrantChosen = { role: "", unit: "", campaign: "" };

export function stateOf(account: Account): AccountState {
  return account.disabled ? "disabled" : account.password ? "in" : account.link ? "link" : "nothing";
}

// As the door takes it: what is not said is left out.
export function grantGiven(grant: { role: string; unit: string; campaign?: string }): { role: string; unit?: string; campaign?: string } {
  return { role: grant.role, ...(grant.unit ? { unit: grant.unit } : {}), ...(grant.campaign ? { campaign: grant.campaign } : {}) };
}
