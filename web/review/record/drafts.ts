// What was typed of each verdict, until it is given: kept by this tab, also through a reload, each
// account's apart.
import { tab } from "@kit/kept";
import { whenEntered } from "@kit/server/session";
import { reactive, watch } from "vue";
import { emptyDraft, type Draft } from "./decision";

const kKept = "sitelog.drafts";
const kMax = 100;

let whose: string | undefined;
const drafts = reactive<Record<string, Draft>>({});

function kept(account: string): Record<string, Draft> {
  try {
    const told = JSON.parse(tab.get(`${kKept}.${account}`) ?? "{}") as Record<string, Draft>;
    // Fields may be called as what every object has.
    for (const draft of Object.values(told)) draft.fields = Object.assign(Object.create(null), draft.fields) as Record<string, string>;
    return told;
  } catch {
    return {};
  }
}

whenEntered((account) => {
  if (account === whose) return;
  whose = undefined;
  for (const name of Object.keys(drafts)) Reflect.deleteProperty(drafts, name);
  Object.assign(drafts, kept(account));
  whose = account;
});

watch(drafts, (now) => {
  if (whose === undefined) return;
  const typed = Object.entries(now).filter(([, draft]) => draft.verdict || draft.remark || Object.keys(draft.fields).length);
  tab.set(`${kKept}.${whose}`, JSON.stringify(Object.fromEntries(typed.slice(-kMax))));
});

// Of a record, by its whole name.
export function draftOf(name: string): Draft {
  drafts[name] ??= emptyDraft();
  // Read again: what was assigned is not yet the one that is watched.
  return drafts[name];
}

export function dropDraft(name: string): void {
  Reflect.deleteProperty(drafts, name);
}
