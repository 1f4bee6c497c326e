import { describe, expect, it } from "vitest";
import { byReason, nameParts } from "./left_out";

describe("what a review of many left out", () => {
  it("is told once a reason, whichever record each sentence names", () => {
    const line = (id: string) => ({ record: `u/event/${id}`, error: { reason: "not_permitted", text: `记录 ${id} 还没有送审`, args: [id] } });
    const other = { record: "u/event/c3", error: { reason: "changed", text: "记录 {} 已有改动", args: ["c3"] } };
    expect(byReason([other, line("a1"), line("b2")], "此记录")).toEqual([
      { reason: "not_permitted", text: "记录 此记录 还没有送审", records: ["u/event/a1", "u/event/b2"] },
      { reason: "changed", text: "记录 此记录 已有改动", records: ["u/event/c3"] },
    ]);
  });

  it("names nothing of what was reviewed", () => {
    expect(byReason([{ record: "u/event/a1" }], "")).toEqual([]);
  });

  it("keeps a name that has not three parts as it is", () => {
    expect(nameParts("0190")).toEqual({ unit: "", form: "", record: "0190" });
  });
});
