// A review of many: what fits now is selected, what would come of it is told, then it is done. It goes
// on while the reader looks at other views, and can be gone on with after an interruption.
import { local } from "@kit/kept";
import { ask, write } from "@kit/door/door";
import { Problem, Unreached } from "@kit/door/problem";
import type { Answer, Arguments, Line } from "@kit/door/types";
import { changed } from "@kit/server/queries";
import { useSession, whenEntered } from "@kit/server/session";
import { shallowReactive } from "vue";
import type { Filters } from "./filters";
import type { LeftOutLine } from "./left_out";

export type Verdict = "accepted" | "returned" | "refused";

export interface Said {
  verdict: Verdict;
  remark: string;
  due: string;
  station: string;
  unsent: boolean;
}

export type Step = "none" | "selecting" | "choosing" | "foreseeing" | "foreseen" | "working" | "broken" | "done";

const kKept = "sitelog.records.selection";
const kAskedEveryMs = 1000;
const kTriesMax = 5;

export const kRemarkBytesMax = 2000;

interface Bulk {
  step: Step;
  filters: Filters;
  campaign: string;
  selection: Answer<"review.selection"> | undefined;
  said: Said;
  foreseen: Answer<"review.many"> | undefined;
  foreseenLines: LeftOutLine[];
  leftOut: LeftOutLine[];
  error: unknown;
}

const nothingSaid = (): Said => ({ verdict: "accepted", remark: "", due: "", station: "", unsent: false });

export const bulk = shallowReactive<Bulk>({
  step: "none", filters: {}, campaign: "", selection: undefined, said: nothingSaid(), foreseen: undefined, foreseenLines: [], leftOut: [], error: undefined,
});

const { session } = useSession();
let whose: string | undefined;
whenEntered((account) => {
  // What somebody else selected is theirs; it is kept for them where it was begun.
  if (whose !== undefined && whose !== account) Object.assign(bulk, { step: "none", selection: undefined, said: nothingSaid(), foreseen: undefined, foreseenLines: [], leftOut: [], error: undefined });
  whose = account;
});

function keep(): void {
  const { selection, said, campaign } = bulk;
  if (selection) local.set(kKept, JSON.stringify({ account: session.value?.account, campaign, selection: selection.selection, said }));
}

export function forget(): void {
  local.drop(kKept);
  Object.assign(bulk, { step: "none", selection: undefined, foreseen: undefined, foreseenLines: [], leftOut: [], error: undefined });
}

function wanted(preview: boolean): Arguments<"review.many"> {
  const { verdict, remark, due, station, unsent } = bulk.said;
  return {
    selection: bulk.selection?.selection ?? "",
    verdict,
    ...(remark.trim() ? { remark: remark.trim() } : {}),
    ...(due && verdict === "returned" ? { due } : {}),
    ...(station ? { station } : {}),
    ...(unsent ? { unsent } : {}),
    ...(preview ? { preview } : {}),
  };
}

// What the filters tell just now.
export async function select(filters: Filters, campaign: string, narrowed: { campaign?: string }): Promise<void> {
  forget();
  Object.assign(bulk, { step: "selecting", filters, campaign });
  try {
    bulk.selection = (await write("review.select", { ...filters, ...narrowed })).answer;
    bulk.step = "choosing";
  } catch (error) {
    Object.assign(bulk, { error, step: "none" });
  }
}

export async function foresee(): Promise<void> {
  Object.assign(bulk, { step: "foreseeing", error: undefined });
  try {
    const told = await ask("review.many", wanted(true));
    Object.assign(bulk, { foreseen: told.answer, foreseenLines: told.lines.filter((line) => line.error), step: "foreseen" });
  } catch (error) {
    Object.assign(bulk, { error, step: "choosing" });
  }
}

const pause = () => new Promise((done) => setTimeout(done, kAskedEveryMs));

// How far it is; whether somebody works at it still.
async function look(): Promise<void> {
  const id = bulk.selection?.selection;
  if (!id) return;
  const told = await ask("review.selection", { selection: id });
  if (bulk.selection?.selection !== id) return;
  bulk.selection = told.answer;
  bulk.leftOut = told.lines as Line<"review.selection">[];
}

function isInterruption(error: unknown): boolean {
  return error instanceof Unreached || (error instanceof Problem && (error.status === 409 || error.status === 429 || error.status >= 500));
}

// Does what waits. Asked again where the answer was lost: it goes on where it was.
export async function go(): Promise<void> {
  Object.assign(bulk, { step: "working", error: undefined });
  keep();
  let isAsking = true;
  let last: unknown;
  const work = async () => {
    for (let tried = 1; tried <= kTriesMax; ++tried) {
      try {
        await ask("review.many", wanted(false));
        last = undefined;
        return;
      } catch (error) {
        last = error;
        if (!isInterruption(error)) return;
        await pause();
        await look().catch(() => undefined);
        if (bulk.selection && !bulk.selection.at_work && bulk.selection.waiting === 0) return;
      }
    }
  };
  const asked = work().finally(() => (isAsking = false));
  while (isAsking) {
    await Promise.race([pause(), asked]);
    await look().catch(() => undefined);
  }
  finish(last);
}

function finish(error: unknown): void {
  const { selection } = bulk;
  const isDone = selection !== undefined && selection.waiting === 0 && !selection.at_work;
  Object.assign(bulk, { step: isDone ? "done" : "broken", error: isDone ? undefined : error });
  if (isDone) local.drop(kKept);
  changed("records.list", "report.progress", "report.board", "report.statistics", "status", "record.show");
}

// A selection of which this browser did not see the end.
export async function findInterrupted(): Promise<void> {
  if (bulk.step !== "none") return;
  try {
    const kept = JSON.parse(local.get(kKept) ?? "null") as { account: string; campaign: string; selection: string; said: Said } | null;
    if (!kept || kept.account !== session.value?.account) return;
    const told = await ask("review.selection", { selection: kept.selection });
    if (bulk.step !== "none") return;
    Object.assign(bulk, { selection: told.answer, leftOut: told.lines, said: kept.said, campaign: kept.campaign });
    finish(undefined);
  } catch (error) {
    if (error instanceof Problem) local.drop(kKept);
  }
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text.trim()).length;
}
