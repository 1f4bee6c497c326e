import { describe, expect, it } from "vitest";
import { byReason, nameParts } from "./left_out";

const words = { ofOne: "此记录", ofField: (form: string, field: string, text: string) => `${form}.${field}: ${text}`, changed: "此后有改动" };

describe("what a review of many left out", () => {
  it("is told once a reason, whichever record each sentence names", () => {
    const line = (id: string) => ({ record: `u/event/${id}`, error: { reason: "not_permitted", text: `记录 ${id} 还没有送审`, args: [id] } });
    const other = (id: string) => ({ record: `u/event/${id}`, error: { reason: "changed", text: `记录 {} 已有改动，现在是 ${id}@CODE`, args: [id] } });
    expect(byReason([other("c3"), line("a1"), other("d4"), line("b2"), line("e5")], words)).toEqual([
      { reason: "not_permitted", text: "记录 此记录 还没有送审", records: ["u/event/a1", "u/event/b2", "u/event/e5"] },
      { reason: "changed", text: "此后有改动", records: ["u/event/c3", "u/event/d4"] },
    ]);
  });

  it("says what is wrong with single fields, rather than that something is", () => {
    const error = { reason: "invalid_value", text: "没有保存：请改正 {}", args: ["people"], problems: [{ field: "people", text: "此处有冲突", args: [] }] };
    expect(byReason([{ record: "u/event/a1", error }], words)[0]?.text).toBe("event.people: 此处有冲突");
  });

  it("names nothing of what was reviewed", () => {
    expect(byReason([{ record: "u/event/a1" }], words)).toEqual([]);
  });

  it("keeps a name that has not three parts as it is", () => {
    expect(nameParts("0190")).toEqual({ unit: "", form: "", record: "0190" });
  });
});
