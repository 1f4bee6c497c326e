import { afterEach, expect, test, vi } from "vitest";
import { ask, speakAs, write } from "./door";
import { Unreached } from "./problem";

afterEach(() => {
  vi.unstubAllGlobals();
  speakAs(undefined);
});

const asked = (calls: unknown[][]) => calls.map(([, init]) => ((init as RequestInit).headers as Headers).get("Sitelog-Account"));

test("a write that is tried again is its author's: none goes out once another is in", async () => {
  const fetched = vi.fn(() => {
    speakAs("checker2");
    return Promise.reject(new TypeError("no network"));
  });
  vi.stubGlobal("fetch", fetched);
  speakAs("checker");
  await expect(write("record.review", { record: "u/event/1", seen: "d", verdict: "accepted" } as never)).rejects.toBeInstanceOf(Unreached);
  expect(asked(fetched.mock.calls)).toEqual(["checker"]);
});

test("nothing is sent at all where another came in before it went out", async () => {
  const fetched = vi.fn(() => Promise.resolve(new Response("{}")));
  vi.stubGlobal("fetch", fetched);
  speakAs("checker");
  const reading = ask("status", {});
  speakAs("checker2");
  await expect(reading).rejects.toBeInstanceOf(Unreached);
  expect(fetched).not.toHaveBeenCalled();
});

test("a write whose answer is lost is asked again by the same key", async () => {
  const fetched = vi.fn().mockRejectedValueOnce(new TypeError("no network")).mockResolvedValueOnce(new Response('{"answer":{},"lines":[]}'));
  vi.stubGlobal("fetch", fetched);
  speakAs("checker");
  await write("record.review", { record: "u/event/1", seen: "d", verdict: "accepted" } as never);
  const keys = fetched.mock.calls.map(([, init]) => ((init as RequestInit).headers as Headers).get("Idempotency-Key"));
  expect(keys[0]).toMatch(/^".+"$/);
  expect(keys).toEqual([keys[0], keys[0]]);
});
