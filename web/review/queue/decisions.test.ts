import { beforeEach, expect, test, vi } from "vitest";
import { emptyDraft } from "../record/decision";
import { draftOf, dropDraft } from "../record/drafts";
import { useDecisions } from "./decisions";

// What was asked of the door, each answered when the test says so.
const asked: { operation: string; record: string; answer: (said: object) => void }[] = [];
vi.mock("@kit/door/door", async (original) => ({
  ...(await original<object>()),
  write: (operation: string, given: { record: string }) => new Promise((done) => asked.push({ operation, record: given.record, answer: (said) => done({ answer: said, lines: [] }) })),
}));
vi.mock("@kit/server/live", () => ({ changedHere: () => undefined }));
vi.mock("@kit/server/session", () => ({ whenEntered: () => undefined }));

const accept = { verdict: "accepted" } as never;
const given = (record: string) => ({ ...(accept as object), record }) as never;
const settled = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  asked.length = 0;
  useDecisions(() => undefined).all.splice(0);
});

test("taken back is the newest verdict, also while it is under way, and one at a time", async () => {
  const back: string[] = [];
  const { give, last, undo, all } = useDecisions((decided) => back.push(decided.name));
  void give("one", "s1", "One", given("one"), emptyDraft());
  asked[0]?.answer({ seen: "one-accepted" });
  await settled();
  void give("two", "s2", "Two", given("two"), emptyDraft());

  const newest = last();
  expect(newest?.name).toBe("two");
  if (newest) void undo(newest);
  // Pressed again meanwhile: nothing else is taken back.
  expect(last()).toBeUndefined();
  expect(asked.map((each) => each.operation)).toEqual(["record.review", "record.review"]);

  asked[1]?.answer({ seen: "two-accepted" });
  await settled();
  expect(asked[2]).toMatchObject({ operation: "review.undo", record: "two" });
  asked[2]?.answer({});
  await settled();
  expect(back).toEqual(["two"]);
  expect(all.map((each) => [each.name, each.state])).toEqual([["two", "undone"], ["one", "done"]]);
  expect(last()?.name).toBe("one");
});

test("what is taken back is told first", async () => {
  const { give, undo, all } = useDecisions(() => undefined);
  for (const name of ["one", "two"]) {
    void give(name, `s-${name}`, name, given(name), emptyDraft());
    asked.at(-1)?.answer({ seen: `${name}-accepted` });
    await settled();
  }
  const one = all.find((each) => each.name === "one");
  if (one) void undo(one);
  asked.at(-1)?.answer({});
  await settled();
  expect(all[0]).toMatchObject({ name: "one", state: "undone" });
});

test("what was typed of a verdict is there again where the record comes back", async () => {
  const { give, last, undo } = useDecisions(() => undefined);
  const typed = { ...emptyDraft(), verdict: "returned" as const, remark: "请核对人数" };
  const returned = { verdict: "returned", record: "three" } as never;
  dropDraft("three");
  void give("three", "s3", "Three", returned, typed);
  asked.at(-1)?.answer({ seen: "three-returned" });
  await settled();
  const newest = last();
  if (newest) void undo(newest);
  asked.at(-1)?.answer({});
  await settled();
  expect(draftOf("three")).toMatchObject({ verdict: "returned", remark: "请核对人数" });
});
