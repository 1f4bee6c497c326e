import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lineOf, previewOf } from "./definition";
import { readToml } from "./toml";

const kDefinition = readFileSync(`${import.meta.dirname}/../../../campaign/definitions/thousand-events.toml`, "utf8");

describe("the preview of a definition", () => {
  it("shows the forms of a published definition as sites see them", () => {
    const preview = previewOf(kDefinition);
    expect(preview.version).toBe(4);
    expect([preview.from, preview.to]).toEqual(["2020-05-21", "2020-11-30"]);
    const form = preview.forms[0];
    expect(form?.zh).toBe("活动");
    expect(form?.stations).toEqual(["checker", "office"]);
    expect(form?.fields.map((field) => field.name).slice(0, 4)).toEqual(["kind", "title", "date", "level"]);
    expect(form?.fields[0]?.choices).toHaveLength(5);
    expect(form?.fields.find((field) => field.name === "level")?.choices?.map((each) => each.zh)).toEqual(["县", "市区", "基层"]);
    expect(form?.fields.find((field) => field.name === "sessions")).toMatchObject({ type: "integer", max: 10000, default: 1, required: false });
    expect(form?.fields.find((field) => field.name === "status")?.required).toBe(true);
  });
  it("passes over what can't be read and shows the rest", () => {
    const torn = kDefinition.replace('name = "title"', 'name = "tit').replace("[[form.field]]\nname = \"date\"", "[[form.field\nname = \"date\"");
    const preview = previewOf(torn);
    expect(preview.forms[0]?.fields.some((field) => field.name === "participants")).toBe(true);
    expect(previewOf("")).toMatchObject({ version: 0, forms: [] });
    expect(previewOf("[[form]]\nkey = ").forms).toHaveLength(1);
  });
  it("ends with whatever is typed", () => {
    for (let length = 0; length < kDefinition.length; length += 37) expect(previewOf(kDefinition.slice(0, length))).toBeDefined();
    expect(readToml(`a = ${"[".repeat(5000)}`)).toEqual({});
    expect(readToml("__proto__.x = 1")).toBeDefined();
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
  it("reads what TOML has: texts, lists over lines, tables in a line, comments", () => {
    expect(readToml('a = "q\\"#" # c\nb = [1, # one\n 2_000,\n]\nc = { d = true, e.f = \'x\' }\n[g.h]\ni = 2020-07-01\n[[j]]\nk = 1\n[[j]]\nk = 2')).toEqual({
      a: 'q"#', b: [1, 2000], c: { d: true, e: { f: "x" } }, g: { h: { i: "2020-07-01" } }, j: [{ k: 1 }, { k: 2 }],
    });
  });
  it("finds the line that a refusal speaks of, in both languages", () => {
    expect(lineOf("a.toml 第 162 行：没有类型“lng”")).toBe(162);
    expect(lineOf("a.toml line 34: “x” is not known here")).toBe(34);
    expect(lineOf("有 1 处错误")).toBeUndefined();
  });
});
