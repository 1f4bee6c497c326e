// What the stream of events says is read anew; what is shown says as of when it is.
import { readonly, ref } from "vue";
import { send, whenReached } from "../door/door";
import { listen, type LiveEvents, type LiveName } from "../door/live";
import type { OperationName } from "../door/types";
import { changed, queries } from "./queries";

// What is heard is gathered for so long; while more and more is heard, it is read anew no more often than that.
const kGatheredMs = 700;
const kBetweenMs = 3000;
const kSoughtMs = 3000;

const kRestsOn: { [Name in LiveName]: OperationName[] } = {
  record: ["records.list", "conflicts.list", "report.progress", "report.board", "report.statistics", "status", "quarantine.list"],
  records: ["records.list", "conflicts.list", "record.show", "report.progress", "report.board", "report.statistics", "status", "quarantine.list"],
  status: ["status", "devices.list", "report.progress", "report.board", "report.statistics"],
  unit: ["units.list", "report.progress", "report.board", "report.statistics"],
  campaign: ["campaigns.list", "report.progress", "report.board", "report.statistics"],
  device: ["devices.list", "status", "quarantine.list"],
  policy: ["policy.list", "records.list", "conflicts.list"],
  people: ["people.list"],
  rules: ["rules.show", "quarantine.list"],
  looking: [],
};

const connected = ref(true);
const reached = ref(true);
const asOf = ref(Date.now());
const gathered = new Set<OperationName>();
const listeners = new Set<(name: LiveName, data: LiveEvents[LiveName]) => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let readAt = 0;
let sought: ReturnType<typeof setTimeout> | undefined;
let stop: (() => void) | undefined;

function gather(operations: OperationName[]): void {
  for (const operation of operations) gathered.add(operation);
  timer ??= setTimeout(() => {
    timer = undefined;
    readAt = Date.now();
    changed(...gathered);
    gathered.clear();
  }, Math.max(kGatheredMs, readAt + kBetweenMs - Date.now()));
}

function heard<Name extends LiveName>(name: Name, data: LiveEvents[Name]): void {
  asOf.value = Date.now();
  gather(kRestsOn[name]);
  if (name === "record") {
    const { record } = data as LiveEvents["record"];
    void queries.invalidateQueries({
      predicate: (query) => query.queryKey[0] === "record.show" && JSON.stringify(query.queryKey[1]).includes(record),
    });
  }
  for (const listener of listeners) listener(name, data);
}

whenReached((now) => {
  reached.value = now;
  if (now) asOf.value = Date.now();
});

// While the stream is broken it is asked whether headquarters is there, and whether one is still in:
// a browser tells neither of a stream.
function seek(first = false): void {
  clearTimeout(sought);
  sought = setTimeout(() => {
    if (connected.value || !stop) return;
    void send("session", "GET").catch(() => undefined).finally(() => seek());
  }, first && reached.value ? 0 : kSoughtMs);
}

// A browser has six connections for all tabs of one host, and each stream holds one: a tab that nobody
// sees lets go of its own, and reads anew when it is seen again.
let wanted = false;
document.addEventListener("visibilitychange", () => {
  if (!wanted) return;
  if (document.hidden) {
    end();
  } else {
    begin();
    void queries.invalidateQueries();
  }
});

// Begins to listen; once, while somebody is signed in.
export function startLive(): void {
  wanted = true;
  if (!document.hidden) begin();
}

export function stopLive(): void {
  wanted = false;
  end();
}

function begin(): void {
  stop ??= listen({
    heard,
    reset: () => void queries.invalidateQueries(),
    connected: (now) => {
      connected.value = now;
      if (now) {
        reached.value = true;
        asOf.value = Date.now();
      } else {
        seek(true);
      }
    },
  });
}

function end(): void {
  stop?.();
  stop = undefined;
}

// What one did oneself is heard like anybody's; where nothing is heard just now it is read anew at once.
export function changedHere(...operations: OperationName[]): void {
  if (!connected.value) changed(...operations);
}

// Until the function that it gives back is called.
export function onLive(listener: (name: LiveName, data: LiveEvents[LiveName]) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Whether headquarters is reached, and since when what is shown may be out of date.
export function useLive() {
  return { connected: readonly(connected), reached: readonly(reached), asOf: readonly(asOf) };
}
