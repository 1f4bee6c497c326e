// Who is signed in.
import { computed, ref } from "vue";
import { send } from "../door/door";
import { Problem } from "../door/problem";
import { startLive, stopLive } from "./live";
import { queries } from "./queries";

export type Right = "read" | "record" | "review" | "administer";

export interface Grant {
  role: string;
  unit: string;
  campaign?: string;
  // In any campaign; where a campaign lets the role do something else, in that one.
  may: Right[];
  may_in?: Record<string, Right[]>;
}

export interface Session {
  account: string;
  roles: string[];
  unit: string;
  grants: Grant[];
  refused_tries: { count: number; from: { from: string; count: number; last: number }[]; signed_in_before?: { at: number; from: string } };
  second_factor: "on" | "off" | "needed";
}

// undefined: not known yet; null: nobody.
const session = ref<Session | null>();
// Who was in before the session ended: they go on where they were once they are in again.
const before = ref<string>();

// The cookie can't be seen from here: that somebody signed in with this browser is noted beside it.
const kNoted = "sitelog.signed-in";

export function wasIn(): boolean {
  return localStorage.getItem(kNoted) !== null;
}

function enter(now: Session): void {
  localStorage.setItem(kNoted, "yes");
  const isAgain = session.value === null;
  if (before.value !== undefined && before.value !== now.account) queries.clear();
  before.value = now.account;
  session.value = now;
  startLive();
  if (isAgain) void queries.invalidateQueries();
}

export async function findSession(): Promise<void> {
  if (!wasIn()) {
    session.value = null;
    return;
  }
  try {
    const told = (await send("session", "GET")) as { answer: Session };
    enter(told.answer);
  } catch (error) {
    if (!(error instanceof Problem && error.signedOut)) throw error;
    localStorage.removeItem(kNoted);
    session.value = null;
  }
}

export async function signIn(account: string, password: string, code: string): Promise<void> {
  const told = (await send("session", "POST", { account, password, ...(code ? { code } : {}) })) as { answer: Session };
  enter(told.answer);
}

export async function signOut(everywhere = false): Promise<void> {
  stopLive();
  try {
    await send(everywhere ? "session?everywhere=true" : "session", "DELETE");
  } finally {
    queries.clear();
    localStorage.removeItem(kNoted);
    before.value = undefined;
    session.value = null;
  }
}

// The door said that the session is over: what is shown stays behind the sign-in.
export function sessionEnded(): void {
  if (!session.value) return;
  stopLive();
  session.value = null;
}

// Whether one may do it anywhere; with a campaign, of that one's records.
function may(right: Right, campaign?: string): boolean {
  return (
    session.value?.grants.some((grant) => {
      if (campaign === undefined) return [grant.may, ...Object.values(grant.may_in ?? {})].some((each) => each.includes(right));
      return (!grant.campaign || grant.campaign === campaign) && (grant.may_in?.[campaign] ?? grant.may).includes(right);
    }) ?? false
  );
}

export function useSession() {
  return {
    session,
    before,
    may,
    // At headquarters as a whole, not at one unit and those below it.
    isEverywhere: computed(() => session.value?.grants.some((grant) => grant.unit === "") ?? false),
  };
}
