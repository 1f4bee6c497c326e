// Asking headquarters' door. Writes go by a key of their own, so that one whose answer was lost is
// asked again and done once.
import { nextTask } from "../parts/later";
import { Problem, problemOf, Unreached } from "./problem";
import type { Arguments, OperationName, Said } from "./types";

const API = "/api/v1/";
const kTriesMax = 4;
const kWaitMs = [400, 1500, 4000];

export type Method = "GET" | "POST" | "DELETE";

export interface Asking {
  signal?: AbortSignal;
  key?: string;
  method?: Method;
  // As whom it was begun: nothing of it goes out once another is in.
  as?: string | undefined;
}

let language = "zh-CN";
const onReached = new Set<(reached: boolean) => void>();
const onSignedOut = new Set<() => void>();

export function speak(tag: string): void {
  language = tag;
}

// What turns the text beside it round (Unicode's embeddings, overrides, isolates) is not shown: it would
// run over the page's own words.
function read(text: string): unknown {
  return JSON.parse(text.replace(/[\u202a-\u202e\u2066-\u2069]/g, ""));
}

// As whom this tab asks: with a browser in which somebody else has signed in since nothing is done.
let account: string | undefined;

export function speakAs(name: string | undefined): void {
  account = name;
}

// Told after each request whether headquarters was reached by it.
export function whenReached(listener: (reached: boolean) => void): () => void {
  onReached.add(listener);
  return () => onReached.delete(listener);
}

// Told where a request was refused since nobody is signed in any more.
export function whenSignedOut(listener: () => void): () => void {
  onSignedOut.add(listener);
  return () => onSignedOut.delete(listener);
}

function tellReached(reached: boolean): void {
  for (const listener of onReached) listener(reached);
}

export function newKey(): string {
  return `"${crypto.randomUUID()}"`;
}

// One request. Throws Problem, Unreached, or what `signal` aborts with.
export async function send(path: string, method: Method, body?: unknown, asking: Asking = {}): Promise<unknown> {
  const headers = new Headers({ "Accept-Language": language });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (account !== undefined) headers.set("Sitelog-Account", encodeURIComponent(account));
  if (asking.key) headers.set("Idempotency-Key", asking.key);
  let response: Response;
  // To begin a request costs a slow computer as much as to draw a part of a view.
  await nextTask();
  if ("as" in asking && asking.as !== account) throw new Unreached();
  try {
    response = await fetch(API + path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(asking.signal ? { signal: asking.signal } : {}),
    });
  } catch (error) {
    if (asking.signal?.aborted) throw error;
    tellReached(false);
    throw new Unreached();
  }
  tellReached(true);
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.signedOut && !(path === "session" && method === "POST")) for (const listener of onSignedOut) listener();
    throw problem;
  }
  try {
    return read(await response.text());
  } catch {
    tellReached(false);
    throw new Unreached();
  }
}

const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

// Asks an operation; tries again by itself where that is safe: nothing was done (429, 503), or the
// key keeps it from being done twice.
export async function ask<Name extends OperationName>(
  operation: Name,
  given: Arguments<Name>,
  asking: Asking = {},
): Promise<Said<Name>> {
  const own = { ...asking, as: account };
  for (let tried = 1; ; ++tried) {
    try {
      return (await send(operation, "POST", given, own)) as Said<Name>;
    } catch (error) {
      const pause =
        error instanceof Unreached && asking.key
          ? kWaitMs[tried - 1]
          : error instanceof Problem && (error.status === 429 || error.status === 503 || error.status === 409)
            ? error.retryAfterSeconds && error.retryAfterSeconds <= 5 && error.retryAfterSeconds * 1000
            : undefined;
      if (!pause || tried >= kTriesMax || asking.signal?.aborted || own.as !== account) throw error;
      await wait(pause);
    }
  }
}

// A write, done once however often its answer is lost.
export function write<Name extends OperationName>(operation: Name, given: Arguments<Name>): Promise<Said<Name>> {
  return ask(operation, given, { key: newKey() });
}
