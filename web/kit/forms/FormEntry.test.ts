import { mount, type DOMWrapper } from "@vue/test-utils";
import { nextTick } from "vue";
import { beforeEach, expect, it } from "vitest";
import type { Form } from "../door/types";
import { speakIn, words } from "../words/words";
import { textsBefore, type Texts } from "./entry";
import FormEntry from "./FormEntry.vue";

const form: Form = {
  form: "check", zh: "检查", en: "Check", list: [], stations: [],
  fields: [
    { name: "kind", type: "choice", required: true, zh: "类别", en: "Kind", choices: [{ value: "routine", zh: "例行", en: "Routine" }] },
    { name: "hazards", type: "integer", required: false, min: 0, max: 100, zh: "隐患数", en: "Hazards" },
    { name: "day", type: "date", required: true, zh: "日期", en: "Day" },
    { name: "people", type: "list", required: false, zh: "人员", en: "People" },
    { name: "settled", type: "flag", required: false, zh: "已整改", en: "Put right" },
    { name: "later", type: "of_another_program", required: false, zh: "以后的", en: "Later" },
  ],
};

function shown(record?: { fields: Record<string, unknown>; explanations?: Record<string, unknown> }, more: object = {}) {
  const typed = Object.create(null) as Texts;
  const box = mount(FormEntry, {
    attachTo: document.body,
    global: { plugins: [words] },
    props: { form, typed, before: textsBefore(form, record), ...more, onType: (name: string, text: string) => void box.setProps({ typed: Object.assign(Object.create(null), box.props("typed"), { [name]: text }) as Texts }) },
  });
  const control = (n: number): DOMWrapper<HTMLInputElement> => box.findAll(".entry-field")[n]?.find<HTMLInputElement>("select, textarea, input") as DOMWrapper<HTMLInputElement>;
  return { box, control };
}

beforeEach(() => speakIn("zh"));

it("shows every kind of field with its label, and one of another program's as a text", () => {
  const { box, control } = shown({ fields: { kind: "gone", hazards: 3, people: ["甲", "乙"], settled: true } });
  expect(box.findAll(".entry-field > label").map((each) => each.text().replace(/\s.*/, ""))).toEqual(["类别", "隐患数", "日期", "人员", "已整改", "以后的"]);
  expect([0, 1, 2, 3, 4, 5].map((n) => control(n).element.value)).toEqual(["gone", "3", "", "甲\n乙", "true", ""]);
  expect(control(1).attributes("inputmode")).toBe("numeric");
});

it("says what is wrong when a field is left, not while one types, and takes it back when one types on", async () => {
  const { box, control } = shown();
  await control(1).setValue("很多");
  expect(box.text()).not.toContain("请填一个整数");
  await control(1).trigger("blur");
  expect(box.text()).toContain("请填一个整数");
  expect(control(1).attributes("aria-invalid")).toBe("true");
  expect(document.getElementById(control(1).attributes("aria-describedby")?.split(" ").at(-1) ?? "")?.textContent).toContain("请填一个整数");
  await control(1).setValue("１２");
  expect(box.text()).not.toContain("请填一个整数");
  await control(1).trigger("blur");
  expect(box.find("[aria-invalid]").exists()).toBe(false);
});

it("saves nothing that plainly can't be, and goes to the first such field", async () => {
  const { box, control } = shown();
  await box.find("form").trigger("submit");
  await nextTick();
  expect(box.emitted("save")).toBeUndefined();
  expect(box.find("[role=alert]").text()).toBe("没有保存：请改正标出的 2 处");
  expect(document.activeElement).toBe(control(0).element);
  await control(0).setValue("routine");
  await control(2).setValue("7月1日");
  await control(2).trigger("keydown", { key: "Enter", ctrlKey: true });
  expect(box.emitted("save")).toHaveLength(1);
});

it("shows at its field what the door refused until that is typed over, and goes there", async () => {
  const { box, control } = shown({ fields: { kind: "routine", day: "2027-07-01" } });
  await control(2).setValue("7月41日");
  await box.setProps({ problems: { day: [{ reason: "invalid_value", detail: "不是日历上的日期" }] } });
  await nextTick();
  expect(box.find(".fault").text()).toContain("不是日历上的日期");
  await nextTick();
  expect(document.activeElement).toBe(control(2).element);
  await control(2).setValue("7月4日");
  expect(box.find(".fault").exists()).toBe(false);
});

it("asks for the reason of what is unusual in place, and offers again the one that was given", async () => {
  const { box } = shown({ fields: { kind: "routine", hazards: 90 }, explanations: { day: "补记" } }, { unusual: { hazards: ["90 异常偏多"] } });
  const reasons = box.findAll<HTMLTextAreaElement>(".reason textarea");
  expect(reasons.map((each) => each.element.value)).toEqual(["", "补记"]);
  expect(box.text()).toContain("90 异常偏多");
  await reasons[0]?.setValue("新井");
  expect(box.emitted("type")?.at(-1)).toEqual(["_explain.hazards", "新井"]);
});

it("goes from field to field by Enter without saving", async () => {
  const { box, control } = shown();
  control(1).element.focus();
  await control(1).trigger("keydown", { key: "Enter" });
  expect(document.activeElement).toBe(control(2).element);
  expect(box.emitted("save")).toBeUndefined();
});
