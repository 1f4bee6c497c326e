// One's own sessions and password: the door's own routes, no operations.
import { send } from "@kit/door/door";

export interface OwnSession {
  id: string;
  from: string;
  since: number;
  used: number;
  this: boolean;
}

export async function ownSessions(): Promise<OwnSession[]> {
  const told = (await send("session.list", "GET")) as { answer: { sessions: OwnSession[] } };
  return told.answer.sessions;
}

export async function endSession(id: string): Promise<void> {
  await send("session.end", "POST", { id });
}

export async function changePassword(password: string, next: string): Promise<void> {
  await send("password", "POST", { password, new: next });
}
