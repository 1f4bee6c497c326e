// What the door said of one's own writes, by the record they were on: shown on its page until it is left,
// also where the page is opened by the write.
import type { Problem } from "@kit/door/problem";
import type { Form, Notice } from "@kit/door/types";
import { kExplain, nameText } from "@kit/forms/entry";
import { withoutCommand } from "@kit/parts/notices";
import { changed } from "@kit/server/queries";
import { say } from "@kit/words/words";
import { reactive } from "vue";

export type Act = "added" | "edited" | "explained" | "sent" | "voided" | "unvoided";

interface Saved {
  record: string;
  code?: string;
  seen?: string;
  notices?: Notice[];
  unchanged?: boolean;
}

export interface Told {
  act: Act;
  unchanged: boolean;
  notices: Notice[];
}

const told = reactive(new Map<string, Told>());

export function toldOf(name: string): Told | undefined {
  return told.get(name);
}

export function tellOf(name: string, act: Act, saved: Saved): void {
  told.set(name, { act, unchanged: saved.unchanged ?? false, notices: (saved.notices ?? []).map((each) => withoutCommand(each, saved).notice) });
}

export function forgetOf(name: string): void {
  told.delete(name);
}

// What a write on a record changes of what is shown elsewhere.
export function recordChanged(): void {
  changed("record.show", "records.list", "conflicts.list", "status", "report.progress", "report.board", "report.statistics");
}

// What changed since it was seen, by people's names for it.
export function changesTold(problem: Problem, form: Form | undefined): { label: string; detail: string }[] {
  return Object.entries(problem.errors).flatMap(([name, errors]) => errors.map((each) => ({ label: labelOfChange(form, name), detail: each.detail })));
}

const kNamed: Record<string, string> = { _sent: "record.change.sent", _void: "record.change.void", _campaign: "record.change.campaign" };

function labelOfChange(form: Form | undefined, name: string): string {
  if (name.startsWith("_review")) return say("record.change.review");
  if (name.startsWith("_comment")) return say("record.change.comment");
  if (name.startsWith("_") && !name.startsWith(kExplain)) return say(Object.hasOwn(kNamed, name) ? (kNamed[name] ?? "") : "record.change.other");
  return nameText(form, name, (label) => say("entry.reason", { label }));
}
