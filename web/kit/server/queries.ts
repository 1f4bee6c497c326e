// What is known of headquarters, in one place: each reading by its operation and arguments, kept as
// long as nothing is heard to have changed.
import { QueryClient, useInfiniteQuery, useQuery, type UseQueryReturnType } from "@tanstack/vue-query";
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter, type Ref } from "vue";
import { ask } from "../door/door";
import { Problem, Unreached } from "../door/problem";
import type { Arguments, OperationName, Said } from "../door/types";

const kAgainMs = 5000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: true,
      // The door comes back by itself; what it refuses it refuses again.
      retry: (failed, error) => error instanceof Unreached || (error instanceof Problem && error.status >= 500 && failed < 2),
      retryDelay: kAgainMs,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

export interface Reading {
  enabled?: MaybeRefOrGetter<boolean>;
  // Of another reading of the same operation, until this one is there.
  keepBefore?: boolean;
}

interface Failing {
  data: Ref<unknown>;
  error: Ref<Error | null>;
  failureReason: Ref<Error | null>;
}

// What is to be said of a reading: with nothing to show, from the first try that fails on; where something
// is shown, once it is given up.
function problemOf(asked: Failing): ComputedRef<Error | null> {
  return computed(() => asked.error.value ?? (asked.data.value === undefined ? asked.failureReason.value : null));
}

// What was read is never changed in place: it is kept as it came, not watched field by field, which costs
// a list more than to draw it.
const kAsItCame = { shallow: true } as const;

// A reading that follows its arguments. Invalidated by `changed`.
export function useAsked<Name extends OperationName>(
  operation: Name,
  given: MaybeRefOrGetter<Arguments<Name>>,
  reading: Reading = {},
): UseQueryReturnType<Said<Name>, Error> & { problem: ComputedRef<Error | null> } {
  const asked = useQuery<Said<Name>, Error>({
    queryKey: [operation, computed(() => toValue(given))],
    queryFn: ({ signal }) => ask(operation, toValue(given), { signal }),
    enabled: computed(() => toValue(reading.enabled) ?? true),
    ...kAsItCame,
    ...(reading.keepBefore ? { placeholderData: (before: Said<Name> | undefined) => before } : {}),
  }) as UseQueryReturnType<Said<Name>, Error>;
  return Object.assign(asked, { problem: problemOf(asked) });
}

type Listing = "records.list" | "conflicts.list" | "quarantine.list" | "people.list";

// A long list, page by page.
export function useListed<Name extends Listing>(
  operation: Name,
  given: MaybeRefOrGetter<Arguments<Name>>,
  limit: number,
  reading: Reading = {},
) {
  const listed = useInfiniteQuery<Said<Name>, Error, { pages: Said<Name>[] }, unknown[], string>({
    queryKey: [operation, "pages", computed(() => toValue(given) as unknown)],
    queryFn: ({ pageParam, signal }): Promise<Said<Name>> =>
      ask(operation, { ...(toValue(given) as object), limit, ...(pageParam ? { cursor: pageParam } : {}) } as Arguments<Name>, { signal }),
    initialPageParam: "",
    ...kAsItCame,
    getNextPageParam: (last: Said<Name>) => (last.answer as { next?: string }).next,
    enabled: computed(() => toValue(reading.enabled) ?? true),
  });
  // Of a list from whose beginning rows go, later pages need not be read anew with it.
  function keepPages(most: number): void {
    queries.setQueryData<{ pages: Said<Name>[]; pageParams: unknown[] }>([operation, "pages", toValue(given)], (all) =>
      all && all.pages.length > most ? { pages: all.pages.slice(0, most), pageParams: all.pageParams.slice(0, most) } : all,
    );
  }
  return Object.assign(listed, { problem: problemOf(listed), keepPages });
}

// Reads anew, where it is shown, what rests on these operations.
export function changed(...operations: OperationName[]): void {
  for (const operation of operations) void queries.invalidateQueries({ queryKey: [operation] });
}
