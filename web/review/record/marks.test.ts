import type { ShownRecord } from "@kit/door/types";
import { expect, test } from "vitest";
import { marksOf } from "./marks";

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
