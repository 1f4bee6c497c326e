import type { ShownRecord } from "@kit/door/types";
import { expect, test } from "vitest";
import { isOwn, isTooLong, saidSince } from "./comments";

type Entry = ShownRecord["entries"][number];
const entry = (name: string, ...fields: string[]) => ({ entry: name, fields: Object.fromEntries(fields.map((field) => [field, { value: "x", replaces: [] }])) }) as unknown as Entry;
const said = (name: string, person: string, role: string) => ({ entry: name, text: "x", person, role, known_by: "password" }) as NonNullable<ShownRecord["comments"]>[number];
const shown = { fields: { title: "a" }, review: { state: "pending" }, conflicts: [], entries: [entry("1", "title")] } as unknown as ShownRecord;

test("a record that is another for comments alone says which they are", () => {
  const now = { ...shown, entries: [...shown.entries, entry("2", "_comment.00ff")], comments: [said("2", "office", "headquarters")] };
  expect(saidSince(shown, now)?.map((each) => each.entry)).toEqual(["2"]);
});

test("where anything else is another it is no matter of comments", () => {
  const comments = [said("2", "office", "headquarters")];
  const both = [...shown.entries, entry("2", "_comment.00ff"), entry("3", "_sent")];
  expect(saidSince(shown, { ...shown, entries: both, comments })).toBeUndefined();
  expect(saidSince(shown, { ...shown, entries: [entry("2", "_comment.00ff")], comments })).toBeUndefined();
  expect(saidSince(shown, { ...shown, fields: { title: "b" }, entries: [...shown.entries, entry("2", "_comment.00ff")], comments })).toBeUndefined();
});

test("one's own comment is one's own account's, not that of a site's person of that name", () => {
  expect(isOwn(said("2", "office", "headquarters"), "office")).toBe(true);
  expect(isOwn(said("2", "office", "site"), "office")).toBe(false);
  expect(isOwn(said("2", "checker", "headquarters"), "office")).toBe(false);
});

test("a comment is as long as its bytes", () => {
  expect(isTooLong("字".repeat(666))).toBe(false);
  expect(isTooLong("字".repeat(667))).toBe(true);
});
