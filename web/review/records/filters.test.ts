import { describe, expect, it } from "vitest";
import { chipsOf, filtersOf, kTabs, queryOf, tabOf, underTab, withFilter } from "./filters";

describe("filters in the address", () => {
  it("come back from the address as they were put there", () => {
    const filters = { unit: "shenma", review: "pending", conflicts: true, from: "2020-06-01", text: "电影 & 100%" } as const;
    expect(filtersOf(queryOf(filters) as never)).toEqual(filters);
  });

  it("leave out what is no filter, and what says nothing", () => {
    expect(filtersOf({ review: "maybe", conflicts: "no", unit: " ", hostile: "<b>", limit: "9" })).toEqual({});
  });

  it("take the first where the address says one twice", () => {
    expect(filtersOf({ unit: ["shenma", "ruzhou"], by: null })).toEqual({ unit: "shenma" });
  });

  it("lose one that is said to be empty", () => {
    expect(withFilter({ unit: "shenma", kind: "film" }, "kind", "")).toEqual({ unit: "shenma" });
  });
});

describe("tabs", () => {
  it("each opens as itself, whichever was open before", () => {
    for (const before of kTabs) {
      for (const tab of kTabs) {
        const filters = underTab(underTab({ unit: "shenma" }, before), tab);
        expect(tabOf(filters)).toBe(tab);
        expect(filters.unit).toBe("shenma");
      }
    }
  });

  it("leave what is said besides as a chip", () => {
    const filters = { review: "pending", conflicts: true, unit: "shenma" } as const;
    expect(tabOf(filters)).toBe("pending");
    expect(chipsOf(filters)).toEqual(["unit", "conflicts"]);
    expect(underTab(filters, "accepted")).toEqual({ review: "accepted", conflicts: true, unit: "shenma" });
  });
});
