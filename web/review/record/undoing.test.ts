import type { ShownRecord } from "@kit/door/types";
import { expect, test } from "vitest";
import { undoable } from "./undoing";

type Entry = ShownRecord["entries"][number];
const of = (entry: string, person: string, ...fields: string[]) =>
  ({ entry, person, role: "headquarters", known_by: "password", fields: Object.fromEntries(fields.map((field) => [field, { value: 1, replaces: [] }])) }) as unknown as Entry;

test("one's own last changes can be taken back, others' and what began the record can't", () => {
  expect([...undoable([of("1", "me", "title"), of("2", "me", "people"), of("3", "you", "place"), of("4", "me", "_void")], "me")].sort()).toEqual(["2", "4"]);
  expect(undoable([of("1", "me", "title")], "me").size).toBe(0);
});

test("a change that was changed again, sent or judged since stays", () => {
  expect([...undoable([of("1", "you", "title"), of("2", "me", "title"), of("3", "me", "title")], "me")]).toEqual(["3"]);
  expect(undoable([of("1", "you", "title"), of("2", "me", "title"), of("3", "you", "_review.office")], "me").size).toBe(0);
  expect(undoable([of("1", "you", "title"), of("2", "me", "title"), of("3", "you", "_sent")], "me").size).toBe(0);
});

test("a voiding goes with the refusal that came with it", () => {
  const [first, voided, refused] = [of("1", "you", "title"), of("2", "me", "_void"), of("3", "me", "_review.office")];
  const together = [first, { ...voided, stream: "s", number: 4, wall: 9 }, { ...refused, stream: "s", number: 5, wall: 9 }] as Entry[];
  expect([...undoable(together, "me")]).toEqual(["2"]);
});

test("a comment is no change and nothing rests on it", () => {
  expect([...undoable([of("1", "you", "title"), of("2", "me", "title"), of("3", "me", "_comment.00ff")], "me")]).toEqual(["2"]);
});
