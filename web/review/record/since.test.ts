import type { ShownRecord } from "@kit/door/types";
import { describe, expect, it } from "vitest";
import { sinceMyLook } from "./since";

const set = (entry: string, value: unknown, wall: number, person = "现场") => ({ entry, value, wall, person, device: "d", role: "site", stream: "s", number: 1, state: "stands" });

function record(history: Record<string, unknown[]>, fields: Record<string, unknown>): ShownRecord {
  return { history, fields } as unknown as ShownRecord;
}

const first = { ...set("e2", { heads: { e1: ["title", "people", "_campaign"] } }, 20), sent: "D1" };
const second = { ...set("e5", { before: "D1", heads: { e1: ["title"], e4: ["people"] } }, 50), sent: "D2" };
const verdict = (of: string, wall: number, person: string) => set(`v${wall}`, { of, verdict: "returned" }, wall, person);
const content = { title: [set("e1", "讲座", 10)], people: [set("e1", 860, 10), set("e4", 86, 40)] };

describe("what changed since one's own last decision", () => {
  it("is nothing to who has not decided yet", () => {
    expect(sinceMyLook(record({ ...content, _sent: [first, second], "_review.office": [verdict("D1", 30, "别人")] }, { title: "讲座", people: 86 }), "我")).toBeUndefined();
  });

  it("is told by what had been sent then, whoever decided since", () => {
    const now = record({ ...content, _sent: [first, second], "_review.checker": [verdict("D1", 30, "我")], "_review.office": [verdict("D2", 60, "别人")] }, { title: "讲座", people: 86 });
    expect(sinceMyLook(now, "我")).toEqual({ wall: 30, verdict: "returned", before: { people: 860 } });
  });

  it("is nothing where what was decided on still stands", () => {
    const now = record({ ...content, _sent: [first, second], "_review.checker": [verdict("D1", 30, "我"), verdict("D2", 60, "我")] }, { title: "讲座", people: 86 });
    expect(sinceMyLook(now, "我")?.before).toEqual({});
  });

  it("believes no sending's own word of what was before it", () => {
    for (const before of [undefined, "0".repeat(64)]) {
      const again = { ...second, value: { ...(second.value as object), before } };
      const now = record({ ...content, _sent: [first, again], "_review.checker": [verdict("D1", 30, "我")] }, { title: "讲座", people: 86 });
      expect(sinceMyLook(now, "我")?.before).toEqual({ people: 860 });
    }
    const between = { ...set("e6", { before: "D1", heads: { e4: ["people"], e1: ["title"] } }, 60), sent: "D3" };
    const now = record({ ...content, _sent: [first, { ...second, value: { heads: { e1: ["title"], e4: ["people"] } } }, between], "_review.checker": [verdict("D1", 30, "我")] }, { title: "讲座", people: 86 });
    expect(sinceMyLook(now, "我")?.before).toEqual({ people: 860 });
  });

  it("is not told where what was decided on is not to be found", () => {
    expect(sinceMyLook(record({ ...content, _sent: [second], "_review.checker": [verdict("D1", 30, "我")] }, { title: "讲座", people: 86 }), "我")).toBeUndefined();
  });

  it("tells a field that was there then and is gone now, and one that came", () => {
    const now = record({ ...content, _sent: [first], "_review.checker": [verdict("D1", 30, "我")] }, { title: "讲座", venue: "井口" });
    expect(sinceMyLook(now, "我")?.before).toEqual({ people: 860, venue: null });
  });
});
