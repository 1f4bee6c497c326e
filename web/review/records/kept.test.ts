import { beforeEach, describe, expect, it } from "vitest";
import { columnsKept, forgetView, keepColumns, keepView, viewsKept } from "./kept";

beforeEach(() => localStorage.clear());

describe("what a reader chose", () => {
  it("is kept by campaign and form, and is nothing once it is taken back", () => {
    keepColumns("one", "event", ["date"]);
    expect(columnsKept("one", "event")).toEqual(["date"]);
    expect(columnsKept("two", "event")).toBeUndefined();
    keepColumns("one", "event", undefined);
    expect(columnsKept("one", "event")).toBeUndefined();
  });

  it("a view saved by a name again takes its place", () => {
    keepView("one", { name: "八矿", query: { unit: "a" } });
    keepView("one", { name: "八矿", query: { unit: "b" } });
    expect(viewsKept("one")).toEqual([{ name: "八矿", query: { unit: "b" } }]);
    expect(forgetView("one", "八矿")).toEqual([]);
  });

  it("what something else wrote there is nothing", () => {
    localStorage.setItem("sitelog.records.columns.one.event", "{broken");
    localStorage.setItem("sitelog.records.views.one", '[null,{"name":3}]');
    expect(columnsKept("one", "event")).toBeUndefined();
    expect(viewsKept("one")).toEqual([]);
  });
});
