import { describe, expect, it } from "vitest";
import type { Field, Form } from "../door/types";
import { faultOf, fieldsGiven, nameText, recordNamedIn, roomLeft, textsBefore, type Texts } from "./entry";

const field = (name: string, type: string, more: Partial<Field> = {}): Field => ({ name, type, required: false, zh: name, en: name, ...more });
const form: Form = {
  form: "check", zh: "检查", en: "Check", list: [], stations: [],
  fields: [
    field("title", "text", { required: true, length_max: 20 }),
    field("hazards", "integer", { min: 0, max: 100 }),
    field("rounds", "integer", { required: true, default: 1 }),
    field("people", "list"),
    field("settled", "flag"),
    field("constructor", "text"),
  ],
};
const of = (name: string) => form.fields.find((each) => each.name === name) as Field;
const typed = (texts: Texts): Texts => Object.assign(Object.create(null) as Texts, texts);

describe("what stands in a form before anything is typed", () => {
  it("is what the record says, as it would be typed, with the reasons that were given", () => {
    const before = textsBefore(form, { fields: { title: "瓦斯检查", hazards: 3, people: ["甲", "乙"], settled: false }, explanations: { hazards: "新井" } });
    expect(before).toEqual(typed({ title: "瓦斯检查", hazards: "3", rounds: "", people: "甲\n乙", settled: "false", constructor: "", "_explain.hazards": "新井" }));
  });

  it("is what the form gives by itself where the record is new", () => {
    expect(textsBefore(form)["rounds"]).toBe("1");
  });
});

describe("what is plainly wrong", () => {
  it("is an empty field that must not be, unless the form fills it in by itself", () => {
    expect(faultOf(of("title"), " 　")).toEqual({ name: "required" });
    expect(faultOf(of("rounds"), "", true)).toBeUndefined();
    expect(faultOf(of("rounds"), "")).toEqual({ name: "required" });
    expect(faultOf(of("hazards"), "")).toBeUndefined();
  });

  it("is what is no whole number, or lies beyond the field's bounds; full-width digits are digits", () => {
    expect(faultOf(of("hazards"), "很多")).toEqual({ name: "noNumber" });
    expect(faultOf(of("hazards"), "3.5")).toEqual({ name: "noNumber" });
    expect(faultOf(of("hazards"), "１２０")).toEqual({ name: "tooLarge", bound: 100 });
    expect(faultOf(of("hazards"), "-1")).toEqual({ name: "tooSmall", bound: 0 });
    expect(faultOf(of("hazards"), " ８０ ")).toBeUndefined();
  });

  it("is told of a text's length once it comes near the end", () => {
    expect(roomLeft(of("title"), "短")).toBeUndefined();
    expect(roomLeft(of("title"), "长".repeat(18))).toBe(2);
    expect(roomLeft(of("title"), "𠀀".repeat(22))).toBe(-2);
    expect(roomLeft(of("hazards"), "1")).toBeUndefined();
  });
});

describe("what is sent", () => {
  const before = textsBefore(form, { fields: { title: "瓦斯检查", hazards: 3, people: ["甲", "乙，丙"] } });

  it("is what differs, as it was typed, the emptied and the reasons too", () => {
    expect(fieldsGiven(form, typed({ title: "瓦斯检查 ", hazards: "１２", settled: "true", "_explain.hazards": "新井", constructor: "某队" }), before)).toEqual(
      Object.assign(Object.create(null), { hazards: "１２", settled: "true", "_explain.hazards": "新井", constructor: "某队" }),
    );
    expect(fieldsGiven(form, typed({ hazards: "" }), before)).toEqual(Object.assign(Object.create(null), { hazards: "" }));
  });

  it("is nothing where nothing was typed, whatever fields are called", () => {
    expect(Object.keys(fieldsGiven(form, {}, before))).toEqual([]);
  });

  it("keeps an item that has a comma whole; otherwise the door parts a list as it parts a cell", () => {
    expect(fieldsGiven(form, typed({ people: "甲\n乙，丙\n丁" }), before)["people"]).toEqual(["甲", "乙，丙", "丁"]);
    expect(fieldsGiven(form, typed({ people: "甲、丁" }), textsBefore(form))["people"]).toBe("甲、丁");
  });
});

it("a refusal may name the record that says the same", () => {
  expect(recordNamedIn("登记过同样的内容（记录 01a220ba9cff83baa43881d993aedd28）")).toBe("01a220ba9cff83baa43881d993aedd28");
  expect(recordNamedIn("没有保存")).toBeUndefined();
});

it("a reason is called by the field that it explains", () => {
  expect(nameText(form, "_explain.hazards", (label) => `说明 ${label}`)).toBe("说明 hazards");
  expect(nameText(form, "title", (label) => label)).toBe("title");
});
