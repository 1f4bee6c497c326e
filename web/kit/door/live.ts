// What changes at headquarters while the page is open: one stream of events for the whole page.

export interface LiveEvents {
  record: { unit: string; record: string; form: string; campaign: string; review: string; conflict: boolean };
  records: { unit: string };
  status: { unit: string };
  unit: { unit: string };
  campaign: { campaign: string };
  device: { unit: string };
  policy: { unit: string };
  people: { unit: string };
  rules: Record<string, never>;
  // left: not any more.
  looking: { unit: string; record: string; account: string; left?: boolean };
}

export type LiveName = keyof LiveEvents;

export interface LiveListener {
  // Something changed.
  heard<Name extends LiveName>(name: Name, data: LiveEvents[Name]): void;
  // What was missed can't be told: read everything anew.
  reset(): void;
  // Whether the stream stands.
  connected(now: boolean): void;
}

const kNames: LiveName[] = ["record", "records", "status", "unit", "campaign", "device", "policy", "people", "rules", "looking"];
const kAgainMs = 3000;

// Listens until the function that it gives back is called. A browser comes back by itself after a
// broken connection, but not after a refusal: that is done here.
export function listen(listener: LiveListener): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  let before = false;

  const open = () => {
    source = new EventSource("/api/v1/events");
    // One that goes on is told what it missed; another one is not.
    let fresh = before;
    before = true;
    source.onopen = () => {
      listener.connected(true);
      if (fresh) listener.reset();
      fresh = false;
    };
    source.addEventListener("reset", () => listener.reset());
    for (const name of kNames) {
      source.addEventListener(name, (event) => {
        listener.heard(name, JSON.parse((event as MessageEvent<string>).data) as LiveEvents[typeof name]);
      });
    }
    source.onerror = () => {
      listener.connected(false);
      if (source?.readyState !== EventSource.CLOSED || ended) return;
      timer = setTimeout(open, kAgainMs);
    };
  };
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    source?.close();
  };
}
