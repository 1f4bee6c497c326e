// Verdicts on their way: given at once on the page, carried out behind it; one that fails comes back.
import { write } from "@kit/door/door";
import { Problem, Unreached } from "@kit/door/problem";
import type { Arguments, Notice } from "@kit/door/types";
import { changedHere } from "@kit/server/live";
import { whenEntered } from "@kit/server/session";
import { reactive } from "vue";
import type { Draft, Verdict } from "../record/decision";
import { draftOf } from "../record/drafts";

export interface Decided {
  id: number;
  name: string;
  title: string;
  verdict: Verdict;
  // stays: it could not be taken back; unknown: no answer came, so it may have been done.
  state: "underway" | "done" | "failed" | "unknown" | "undone" | "stays";
  // What the record was then: by it the verdict is taken back.
  seen?: string;
  by: string | undefined;
  // What was typed of it: there again where the record comes back.
  typed: Draft;
  // Asked for, also while the verdict is still under way.
  isTakenBack?: boolean;
  notices: Notice[];
  error?: unknown;
}

const kRemembered = 20;
const kRestOnVerdicts = ["records.list", "record.show", "status", "report.progress", "report.board", "report.statistics"] as const;
let count = 0;

// Kept while the tab is open, also where another view is looked at meanwhile.
const all = reactive<Decided[]>([]);
// As they were when they were given a verdict here: the list may not know it yet.
const given = reactive(new Set<string>());
let whose: string | undefined;
whenEntered((account) => {
  if (whose !== undefined && whose !== account) {
    all.splice(0);
    given.clear();
  }
  whose = account;
});

// `onBack`: the record waits again.
export function useDecisions(onBack: (decided: Decided) => void) {
  // Nothing of it where somebody else is in by now.
  function comeBack(decided: Decided): void {
    if (decided.by !== whose) return;
    const now = draftOf(decided.name);
    if (!now.verdict && !now.remark && !Object.keys(now.fields).length && decided.verdict !== "accepted") Object.assign(now, decided.typed);
    for (const each of [...given]) if (each.startsWith(decided.name)) given.delete(each);
    onBack(decided);
  }

  // `seen`: as the list has it.
  async function give(name: string, seen: string, title: string, review: Arguments<"record.review">, typed: Draft): Promise<void> {
    const decided = reactive<Decided>({ id: ++count, by: whose, name, title, verdict: review.verdict, typed, state: "underway", notices: [] });
    given.add(name + seen);
    all.unshift(decided);
    all.splice(kRemembered);
    try {
      const told = await write("record.review", review);
      decided.state = "done";
      if (told.answer.seen !== undefined) decided.seen = told.answer.seen;
      decided.notices = told.answer.notices ?? [];
    } catch (error) {
      decided.state = error instanceof Unreached ? "unknown" : "failed";
      decided.error = error;
      comeBack(decided);
    }
    changedHere(...kRestOnVerdicts);
    if (decided.isTakenBack && decided.state === "done") await takeBack(decided);
    decided.isTakenBack = false;
  }

  // The last one that was given and stands: nothing where one is being taken back.
  function last(): Decided | undefined {
    if (all.some((each) => each.isTakenBack)) return undefined;
    return all.find((each) => each.state === "underway" || (each.state === "done" && each.seen !== undefined));
  }

  // One that is still under way as soon as it is done.
  async function undo(decided: Decided): Promise<void> {
    if (decided.isTakenBack) return;
    decided.isTakenBack = true;
    if (decided.state === "underway") return;
    await takeBack(decided);
    decided.isTakenBack = false;
  }

  async function takeBack(decided: Decided): Promise<void> {
    if (decided.seen === undefined) return;
    // What happens to it is what is told.
    all.splice(all.indexOf(decided), 1);
    all.unshift(decided);
    decided.state = "underway";
    try {
      await write("review.undo", { record: decided.name, seen: decided.seen });
      decided.state = "undone";
      comeBack(decided);
    } catch (error) {
      decided.state = "stays";
      decided.error = error;
    }
    changedHere(...kRestOnVerdicts);
  }

  return { all, given, give, last, undo, isChange: (decided: Decided) => decided.error instanceof Problem && decided.error.changed };
}
