// How many records there are of a kind, asked by what records.list is asked with.
import type { Arguments } from "@kit/door/types";
import { useAsked } from "@kit/server/queries";
import { computed, toValue, type MaybeRefOrGetter } from "vue";
import { useCampaign } from "../campaign";

export type Wanted = Omit<Arguments<"records.list">, "limit" | "cursor" | "campaign">;

export function useCount(wanted: MaybeRefOrGetter<Wanted>, enabled: MaybeRefOrGetter<boolean> = true) {
  const { narrowed } = useCampaign();
  const asked = useAsked("records.list", computed(() => ({ ...narrowed.value, ...toValue(wanted), limit: 1 })), { enabled, keepBefore: true });
  return {
    asked,
    n: computed(() => asked.data.value?.answer.of),
    atLeast: computed(() => asked.data.value?.answer.at_least),
    // Of those that are listed, the one that was made first.
    first: computed(() => asked.data.value?.lines[0]),
  };
}
