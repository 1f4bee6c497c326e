// A record as somebody looks at it: it stays as it was shown until they ask for what it is now, so that
// what is decided is what was seen.
import { ask } from "@kit/door/door";
import type { ShownRecord } from "@kit/door/types";
import { useAsked } from "@kit/server/queries";
import { useSession } from "@kit/server/session";
import { computed, reactive, shallowRef, toValue, watch, type MaybeRefOrGetter } from "vue";
import { isOwn, saidSince } from "./comments";

// A record as it was shown, with what was said about it since: a word is read where it stands. One's own
// makes it no other to oneself; with another's it is to be looked at again.
function withWords(shown: ShownRecord, now: ShownRecord, account: string): ShownRecord {
  const said = saidSince(shown, now);
  if (said?.every((each) => isOwn(each, account))) return now;
  const { comments, comments_untold } = now;
  return { ...shown, ...(comments ? { comments } : {}), ...(comments_untold ? { comments_untold } : {}) };
}

// What a record became by one's own hand here, by its name: it is no other to who did it.
const made = reactive(new Map<string, string>());
export function madeHere(name: string, seen: string | undefined): void {
  if (seen !== undefined) made.set(name, seen);
}

// What it is now, for who asked to see that. A reading that is under way is given up where an event asks for
// it anew, so none of the page's own is waited for.
export async function takeAsSeen(name: string): Promise<void> {
  madeHere(name, (await ask("record.show", { record: name }).catch(() => undefined))?.lines[0]?.seen);
}

export function useShown(name: MaybeRefOrGetter<string | undefined>) {
  const asked = useAsked("record.show", computed(() => ({ record: toValue(name) ?? "" })), { enabled: computed(() => toValue(name) !== undefined) });
  const { session } = useSession();
  const held = shallowRef<{ name: string; record: ShownRecord }>();
  const now = computed(() => asked.data.value?.lines[0]);

  // What was kept from an earlier look is waited on while it is read anew.
  const isOld = computed(() => asked.isStale.value && asked.isFetching.value && !asked.isError.value);

  watch(
    // One's own write may be heard of before it is answered.
    [now, () => toValue(name), isOld, () => made.get(toValue(name) ?? "")],
    ([record, wanted, old]) => {
      if (wanted === undefined) held.value = undefined;
      else if (record && held.value?.name !== wanted && !old) held.value = { name: wanted, record };
      // What waits where may change without the record being another.
      else if (record && (held.value?.record.seen === record.seen || made.get(wanted) === record.seen)) held.value = { name: wanted, record };
      else if (record && held.value && !old) held.value = { name: wanted, record: withWords(held.value.record, record, session.value?.account ?? "") };
    },
    { immediate: true },
  );
  const record = computed(() => (held.value && held.value.name === toValue(name) ? held.value.record : undefined));
  const changedNow = computed(() => record.value !== undefined && now.value !== undefined && now.value.seen !== record.value.seen);
  // Nothing is another but that somebody said a word.
  const commentedNow = computed(() => changedNow.value && record.value !== undefined && now.value !== undefined && saidSince(record.value, now.value) !== undefined);

  function lookAnew(): void {
    const wanted = toValue(name);
    if (wanted !== undefined && now.value) held.value = { name: wanted, record: now.value };
  }
  return { asked, record, changedNow, commentedNow, lookAnew };
}
