import { afterEach, describe, expect, it, vi } from "vitest";
import { local, tab } from "./kept";

afterEach(() => vi.restoreAllMocks());

describe("what a browser keeps", () => {
  it("is there again, and gone once it is dropped", () => {
    tab.set("a", "1");
    expect([tab.get("a"), sessionStorage.getItem("a")]).toEqual(["1", "1"]);
    tab.drop("a");
    expect([tab.get("a"), sessionStorage.getItem("a")]).toEqual([undefined, null]);
  });
  it("is kept by the page where the browser has no room or refuses", () => {
    local.set("a", "before");
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
      throw new DOMException("full", "QuotaExceededError");
    });
    local.set("a", "typed");
    expect(local.get("a")).toBe("typed");
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(() => {
      throw new DOMException("refused", "SecurityError");
    });
    expect([local.get("a"), local.get("b")]).toEqual(["typed", undefined]);
  });
});
