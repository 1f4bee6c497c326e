// What is said about a record beside its verdicts: who wrote each word, what is typed of one until it is
// sent, and whether a record is another for words alone.
import type { RecordLine, ShownRecord } from "@kit/door/types";
import { same } from "@kit/forms/values";
import { tab } from "@kit/kept";
import { whenEntered } from "@kit/server/session";
import { reactive, watch } from "vue";

export type Comment = NonNullable<ShownRecord["comments"]>[number];

const kComment = "_comment.";
const kBytesMax = 2000;
const kKept = "sitelog.comments";
const kMax = 100;

// By a record's whole name: kept by this tab, also through a reload, each account's apart.
export const typed = reactive<Record<string, string>>({});
let whose: string | undefined;

whenEntered((account) => {
  if (account === whose) return;
  whose = undefined;
  for (const name of Object.keys(typed)) Reflect.deleteProperty(typed, name);
  try {
    Object.assign(typed, JSON.parse(tab.get(`${kKept}.${account}`) ?? "{}"));
  } catch {
    // Of another program.
  }
  whose = account;
});

watch(typed, (now) => {
  if (whose === undefined) return;
  const said = Object.entries(now).filter(([, text]) => text.trim());
  tab.set(`${kKept}.${whose}`, JSON.stringify(Object.fromEntries(said.slice(-kMax))));
});

export const isCommentField = (field: string): boolean => field.startsWith(kComment);

// Nothing a door takes is empty or longer.
export function isTooLong(text: string): boolean {
  return new TextEncoder().encode(text.trim()).length > kBytesMax;
}

export function isOwn(comment: Pick<Comment, "person" | "role" | "known_by">, account: string): boolean {
  return comment.role === "headquarters" && comment.person === account && (comment.known_by === "password" || comment.known_by === "token");
}

// The last word is of the other side: it may wait for an answer.
export function waitsForAnswer(line: Pick<RecordLine, "comments" | "comment_of_others">): boolean {
  return Boolean(line.comments && line.comment_of_others);
}

const kJudged = ["fields", "review", "as_sent", "conflicts", "void", "explanations", "unexplained", "outside", "withdrawn", "too_large", "campaign", "unit_moved", "held"] as const;

// What was said since a record was shown, where nothing but that is another about it; undefined where
// something else is. Both are of one record.
export function saidSince(shown: ShownRecord, now: ShownRecord): Comment[] | undefined {
  if (kJudged.some((part) => !same(shown[part], now[part]))) return undefined;
  const before = new Map(shown.entries.map((entry) => [entry.entry, entry]));
  const more = now.entries.filter((entry) => !before.has(entry.entry));
  if (now.entries.length - more.length !== shown.entries.length) return undefined;
  if (!more.every((entry) => Object.keys(entry.fields).length > 0 && Object.keys(entry.fields).every(isCommentField))) return undefined;
  if (now.entries.some((entry) => before.has(entry.entry) && before.get(entry.entry)?.quarantined !== entry.quarantined)) return undefined;
  const names = new Set(more.map((entry) => entry.entry));
  return now.comments?.filter((comment) => names.has(comment.entry)) ?? [];
}
