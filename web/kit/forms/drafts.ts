// What was typed into the form of each record, until it is saved: kept by this tab, also through a
// reload, each account's apart.
import { computed, reactive, toValue, watch, type MaybeRefOrGetter } from "vue";
import { tab } from "../kept";
import { whenEntered } from "../server/session";
import { noTexts, own, type Texts } from "./entry";

// What was typed by field, and what stood there when it was begun.
interface Draft {
  texts: Texts;
  stood: Texts;
}

const kKept = "sitelog.entries";
const kMax = 50;

let whose: string | undefined;
const drafts = reactive<Record<string, Draft>>({});

function kept(account: string): Record<string, Draft> {
  const out: Record<string, Draft> = {};
  try {
    const told = JSON.parse(tab.get(`${kKept}.${account}`) ?? "{}") as Record<string, Partial<Draft>>;
    for (const [name, draft] of Object.entries(told)) out[name] = { texts: Object.assign(noTexts(), draft.texts), stood: Object.assign(noTexts(), draft.stood) };
  } catch {
    // Of another program.
  }
  return out;
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
  const typed = Object.entries(now).filter(([, draft]) => Object.keys(draft.texts).length);
  tab.set(`${kKept}.${whose}`, JSON.stringify(Object.fromEntries(typed.slice(-kMax))));
});

// Of one record by its whole name, or of one that is to be. `before`: what stands in its fields now.
export function useEntryDraft(name: MaybeRefOrGetter<string>, before: MaybeRefOrGetter<Texts>) {
  const draft = computed(() => own(drafts, toValue(name)));
  const typed = computed<Texts>(() => draft.value?.texts ?? {});

  function type(field: string, text: string): void {
    const stands = own(toValue(before), field) ?? "";
    drafts[toValue(name)] ??= { texts: noTexts(), stood: noTexts() };
    const now = drafts[toValue(name)];
    if (!now) return;
    if (text === stands) {
      Reflect.deleteProperty(now.texts, field);
      Reflect.deleteProperty(now.stood, field);
    } else {
      if (!Object.hasOwn(now.stood, field)) now.stood[field] = stands;
      now.texts[field] = text;
    }
  }

  // Fields that somebody else changed since one began to type there, with what stood there then.
  const moved = computed<Texts>(() => {
    const out = noTexts();
    for (const [field, stood] of Object.entries(draft.value?.stood ?? {})) {
      const now = own(toValue(before), field) ?? "";
      if (stood !== now && own(typed.value, field)?.trim() !== now.trim()) out[field] = stood;
    }
    return out;
  });

  // Of all fields, or of those that were saved.
  function drop(fields?: string[]): void {
    if (!fields) Reflect.deleteProperty(drafts, toValue(name));
    for (const field of fields ?? []) {
      if (!draft.value) return;
      Reflect.deleteProperty(draft.value.texts, field);
      Reflect.deleteProperty(draft.value.stood, field);
    }
  }
  return { typed, moved, type, drop };
}
