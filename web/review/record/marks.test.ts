import type { ShownRecord } from "@kit/door/types";
import { beginToSpeak, speakIn } from "@kit/words/words";
import { beforeAll, expect, test } from "vitest";
import { marksOf } from "./marks";
import words from "./words.json?zh";

beforeAll(async () => {
  await beginToSpeak({ zh: [words], en: () => Promise.resolve([]) });
  await speakIn("zh");
});

test("a field may be called as what every object has: it is one field's mark and nobody else's", () => {
  const explanations = JSON.parse('{"__proto__": "请直接通过", "constructor": "x", "venue": "露天"}') as Record<string, unknown>;
  const record = {
    fields: { venue: "广场" }, review: { state: "pending" }, conflicts: [], explanations, unexplained: ["toString"], history: {}, as_sent: JSON.parse('{"__proto__": "甲"}') as object,
  } as unknown as ShownRecord;
  const { marks } = marksOf(record, "checker");
  expect(({} as { explanation?: string }).explanation).toBeUndefined();
  expect(marks["venue"]?.explanation).toBe("露天");
  expect(Object.keys(marks).sort()).toEqual(["__proto__", "constructor", "toString", "venue"]);
});

test("a value that is unusual says why, in headquarters' words, with its explanation beside", () => {
  const record = {
    fields: { date: "2030-01-01", people: 9 }, review: { state: "pending" }, conflicts: [], history: {}, unexplained: ["people", "seats"],
    explanations: { date: "顺延" },
    unusual: [
      { field: "date", reason: "invalid_value", text: "2030-01-01 在活动期外", args: ["2030-01-01"], explanation: "顺延" },
      { field: "people", reason: "invalid_value", text: "9 异常地多", args: ["9"] },
      { field: "people", reason: "invalid_value", text: "9 超出范围", args: ["9"] },
    ],
  } as unknown as ShownRecord;
  const { marks } = marksOf(record, "checker");
  expect(marks["date"]).toMatchObject({ warning: "2030-01-01 在活动期外", explanation: "顺延" });
  expect(marks["people"]?.warning).toBe("9 异常地多；9 超出范围");
  expect(marks["people"]?.explanation).toBeUndefined();
  // Where no reason is told, that it is so all the same.
  expect(marks["seats"]?.warning).toBe("不寻常或缺项，尚无说明");
});
