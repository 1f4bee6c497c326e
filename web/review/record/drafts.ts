// What was typed of each verdict, until it is given: kept by this tab, also through a reload.
import { reactive, watch } from "vue";
import { emptyDraft, type Draft } from "./decision";

const kKept = "sitelog.drafts";
const kMax = 100;

function kept(): Record<string, Draft> {
  try {
    return JSON.parse(sessionStorage.getItem(kKept) ?? "{}") as Record<string, Draft>;
  } catch {
    return {};
  }
}

const drafts = reactive<Record<string, Draft>>(kept());
watch(drafts, (now) => {
  const typed = Object.entries(now).filter(([, draft]) => draft.verdict || draft.remark || Object.keys(draft.fields).length);
  sessionStorage.setItem(kKept, JSON.stringify(Object.fromEntries(typed.slice(-kMax))));
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
