import { describe, expect, it } from "vitest";
import { csvOf, firstClause, partsOf } from "./parts";

describe("the audit list", () => {
  it("tells what a line was about", () => {
    expect(partsOf("record=mine-8/event/01a2 verdict=returned")).toEqual([
      { name: "record", value: "mine-8/event/01a2" },
      { name: "verdict", value: "returned" },
    ]);
    expect(partsOf('text="two \\"words\\" here" unit=a')).toEqual([
      { name: "text", value: 'two "words" here' },
      { name: "unit", value: "a" },
    ]);
    expect(partsOf("e6104ddde304")).toEqual([{ name: "", value: "e6104ddde304" }]);
    expect(partsOf("")).toEqual([]);
  });
  it("says what an operation does in its first clause", () => {
    expect(firstClause("停用账户；它做过的事仍然有效")).toBe("停用账户");
    expect(firstClause("let an account in no more; what it did stands")).toBe("let an account in no more");
  });
  it("writes a table that Excel opens and takes nothing in it for a formula", () => {
    expect(csvOf([["a", 'b"c', "d,e"], ["=1+1", "-", ""]])).toBe('\ufeffa,"b""c","d,e"\r\n\'=1+1,\'-,\r\n');
  });
});
