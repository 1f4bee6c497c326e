import { expect, it } from "vitest";
import { isToBeSent } from "./sending";

const stations = { stations: ["checker"] };

it("what was never sent, and what changed since it was, is to be sent", () => {
  expect(isToBeSent({ review: { state: "pending", unsent: true } }, stations)).toBe(true);
  expect(isToBeSent({ review: { state: "accepted", changed_since: true } }, stations)).toBe(true);
  expect(isToBeSent({ review: { state: "returned" }, as_sent: { title: "旧" } }, stations)).toBe(true);
});

it("what waits as it was sent, is void, or is judged by headquarters alone is not", () => {
  expect(isToBeSent({ review: { state: "pending" }, as_sent: {} }, stations)).toBe(false);
  expect(isToBeSent({ review: { state: "pending", unsent: true }, void: "重复" }, stations)).toBe(false);
  expect(isToBeSent({ review: { state: "pending", unsent: true } }, { stations: [] })).toBe(false);
});
