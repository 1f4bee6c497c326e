import { describe, expect, it } from "vitest";
import { lineOf, nextVersion } from "./definition";

describe("what is told of a definition", () => {
  it("finds the line that a refusal speaks of, in both languages", () => {
    expect(lineOf("a.toml 第 162 行：没有类型“lng”")).toBe(162);
    expect(lineOf("a.toml line 34: “x” is not known here")).toBe(34);
    expect(lineOf("有 1 处错误")).toBeUndefined();
  });
  it("goes on with the version after the published one", () => {
    expect(nextVersion('id = "a"\nversion = 9  # grows\n[[form]]\nversion = 3')).toBe('id = "a"\nversion = 10  # grows\n[[form]]\nversion = 3');
    expect(nextVersion("nothing")).toBe("nothing");
  });
});
