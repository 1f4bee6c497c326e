// Who is signed in.
import { computed, ref } from "vue";
import { send, speakAs } from "../door/door";
import { Problem } from "../door/problem";
import { local } from "../kept";
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

// The cookie can't be seen from here: who signed in with this browser last is noted beside it, and where
// somebody signed out whom headquarters could not be told of yet.
const kNoted = "sitelog.signed-in";
const kLeaving = "sitelog.leaving";
const kAgainMs = 3000;

// undefined: not known yet; null: nobody.
const session = ref<Session | null>();
// Who was in before the session ended: they go on where they were once they are in again.
const before = ref<string>();
// Signed out here; headquarters is told as soon as it is reached.
const leaving = ref(local.get(kLeaving) !== undefined);
const onEntered = new Set<(account: string) => void>();

// Told each time somebody has signed in, before anything of theirs is shown.
export function whenEntered(listener: (account: string) => void): void {
  onEntered.add(listener);
  if (session.value) listener(session.value.account);
}

// Whose session this browser seems to have.
export function wasIn(): string | undefined {
  return leaving.value ? undefined : local.get(kNoted);
}

function enter(now: Session): void {
  const isAgain = session.value === null;
  if (before.value !== undefined && before.value !== now.account) queries.clear();
  speakAs(now.account);
  for (const listener of onEntered) listener(now.account);
  local.set(kNoted, now.account);
  before.value = now.account;
  session.value = now;
  startLive();
  if (isAgain) void queries.invalidateQueries();
}

function nobody(): void {
  stopLive();
  queries.clear();
  local.drop(kNoted);
  speakAs(undefined);
  before.value = undefined;
  session.value = null;
}

export async function findSession(): Promise<void> {
  if (leaving.value) void leave("session");
  if (wasIn() === undefined) {
    session.value = null;
    return;
  }
  try {
    const told = (await send("session", "GET")) as { answer: Session };
    enter(told.answer);
  } catch (error) {
    if (!(error instanceof Problem && error.signedOut)) throw error;
    nobody();
  }
}

export async function signIn(account: string, password: string, code: string): Promise<void> {
  const told = (await send("session", "POST", { account, password, ...(code ? { code } : {}) })) as { answer: Session };
  // Signing in ends the session that this browser had.
  left();
  enter(told.answer);
}

function left(): void {
  leaving.value = false;
  local.drop(kLeaving);
}

// Until headquarters knows of it the session could be gone on with from this browser's cookie.
async function leave(path: string): Promise<void> {
  // Who signs in in another tab has ended it.
  while (leaving.value && local.get(kLeaving) !== undefined) {
    try {
      await send(path, "DELETE");
      left();
    } catch (error) {
      // Busy, broken or not reached: the session may still be good.
      if (error instanceof Problem && error.signedOut) left();
      else await new Promise((done) => setTimeout(done, kAgainMs));
    }
  }
}

// What is shown is gone at once.
export async function signOut(everywhere = false): Promise<void> {
  leaving.value = true;
  local.set(kLeaving, "yes");
  const told = leave(everywhere ? "session?everywhere=true" : "session");
  nobody();
  await told;
}

// The door said that the session is over: what is shown stays behind the sign-in.
export function sessionEnded(): void {
  if (!session.value) return;
  stopLive();
  session.value = null;
}

// Somebody signed in or out in another tab: the cookie is the whole browser's.
window.addEventListener("storage", (event) => {
  if (event.key === kNoted && session.value && event.newValue !== session.value.account) sessionEnded();
});

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
    leaving,
    may,
    // At headquarters as a whole, not at one unit and those below it.
    isEverywhere: computed(() => session.value?.grants.some((grant) => grant.unit === "") ?? false),
  };
}
