// The list under the filters: its first page is kept as any reading is, what follows is read as one
// scrolls; what changed is read anew where it is in sight.
import { ask } from "@kit/door/door";
import type { Arguments, RecordLine, Said } from "@kit/door/types";
import { useAsked } from "@kit/server/queries";
import { whenEntered } from "@kit/server/session";
import { computed, onBeforeUnmount, ref, shallowRef, watch, type Ref } from "vue";
import { Pages } from "./pages";

export type Row = Pick<
  RecordLine,
  "record" | "unit" | "unit_name" | "form" | "fields" | "review" | "conflicts" | "void" | "changed" | "created" | "seen" | "comments" | "comment_of_others"
>;

const kPage = 200;

// Where the reader was, for who comes back from a record.
let left: { key: string; pages: Pages<Row>; selected: number | undefined } | undefined;
whenEntered(() => (left = undefined));

function slim(line: RecordLine): Row {
  const { record, unit, unit_name, form, fields, review, conflicts, changed, created, seen, comments, comment_of_others } = line;
  const said = comments ? { comments, comment_of_others: comment_of_others ?? false } : {};
  return { record, unit, ...(unit_name === undefined ? {} : { unit_name }), form, fields, review, conflicts, void: line.void, changed, created, seen, ...said };
}

const readOf = (said: Said<"records.list">) => ({ rows: said.lines.map(slim), next: said.answer.next });

export function useListing(given: Ref<Arguments<"records.list">>) {
  const first = useAsked("records.list", computed(() => ({ ...given.value, limit: kPage })), { keepBefore: true });
  const rows = shallowRef<Row[]>([]);
  const selected = ref<number>();
  const more = ref(false);
  const moreError = ref<unknown>();
  let pages = new Pages<Row>();
  let key = "";
  let reading = new AbortController();
  let busy = false;
  let wantsMore = false;
  let sight = { first: 0, last: 0 };

  const page = (cursor: string, signal: AbortSignal) => ask("records.list", { ...given.value, limit: kPage, cursor }, { signal });

  function show(): void {
    rows.value = pages.rows();
    more.value = pages.next !== undefined;
  }

  function begin(said: Said<"records.list">, now: string): void {
    reading.abort();
    reading = new AbortController();
    busy = false;
    moreError.value = undefined;
    key = now;
    pages = left?.key === now ? left.pages : new Pages<Row>();
    selected.value = left?.key === now ? left.selected : undefined;
    left = undefined;
    if (pages.isEmpty) pages.append("", readOf(said));
    else refresh(said);
  }

  function refresh(said: Said<"records.list">): void {
    const gap = pages.replace("", readOf(said));
    pages.age();
    if (gap) void fill("", gap);
    else void renew();
  }

  watch(
    () => [first.data.value, first.isPlaceholderData.value] as const,
    ([said, isBefore]) => {
      if (!said || isBefore) return;
      const now = JSON.stringify(given.value);
      if (now !== key) begin(said, now);
      else refresh(said);
      show();
    },
    { immediate: true },
  );

  // One reading at a time; what it brings for another list than is shown by now is dropped.
  async function work(what: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (busy) return;
    busy = true;
    const { signal } = reading;
    moreError.value = undefined;
    try {
      await what(signal);
    } catch (error) {
      if (!signal.aborted) moreError.value = error;
    } finally {
      if (!signal.aborted) busy = false;
    }
    if (signal.aborted) return;
    show();
    if (wantsMore && moreError.value === undefined) void readMore();
  }

  async function gapFilled(cursor: string, from: string, signal: AbortSignal): Promise<void> {
    for (let at: string | undefined = from; at; ) at = pages.fill(cursor, readOf(await page(at, signal)));
  }

  function fill(cursor: string, from: string): Promise<void> {
    return work((signal) => gapFilled(cursor, from, signal));
  }

  function readMore(): Promise<void> {
    wantsMore = busy;
    return work(async (signal) => {
      const { next } = pages;
      if (next !== undefined) pages.append(next, readOf(await page(next, signal)));
    });
  }

  async function renew(): Promise<void> {
    const stale = pages.staleWithin(sight.first, sight.last);
    if (!stale.length) return;
    await work(async (signal) => {
      for (const cursor of stale) {
        const gap = pages.replace(cursor, readOf(await page(cursor, signal)));
        if (gap) await gapFilled(cursor, gap, signal);
      }
    });
  }

  function inSight(from: number, to: number): void {
    sight = { first: from, last: to };
    void renew();
  }

  onBeforeUnmount(() => {
    reading.abort();
    if (!pages.isEmpty) left = { key, pages, selected: selected.value };
  });

  return {
    rows,
    selected,
    more,
    moreError,
    readMore,
    inSight,
    of: computed(() => first.data.value?.answer.of),
    atLeast: computed(() => first.data.value?.answer.at_least ?? false),
    // What is shown is of the filters before.
    isOfBefore: computed(() => first.isPlaceholderData.value),
    isThere: computed(() => first.data.value !== undefined),
    error: first.problem,
    again: () => void first.refetch(),
  };
}
