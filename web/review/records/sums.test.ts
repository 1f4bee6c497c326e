import type { Campaign } from "@kit/door/types";
import { beginToSpeak, speakIn } from "@kit/words/words";
import { beforeAll, expect, test } from "vitest";
import { sumsText } from "./sums";
import words from "./words.json?zh";

beforeAll(async () => {
  await beginToSpeak({ zh: [words], en: () => Promise.resolve([]) });
  await speakIn("zh");
});

const field = (name: string, zh: string) => ({ name, type: "integer", zh, en: name, required: false });
const campaign = (report: object) =>
  ({ report: { form: "event", ...report }, forms: [{ form: "event", fields: [field("times", "举办场次"), field("people", "参加人数")] }] }) as unknown as Campaign;
const sums = { events: 3, sessions: 12, participants: 4500, left_out: 0, looked_at: 5 };

test("what is added up is called as the campaign's fields are", () => {
  expect(sumsText(sums, campaign({ sessions: "times", participants: "people" }))).toBe("合计：计入 3 条，举办场次 12，参加人数 4,500。");
});

test("what the campaign does not add up is not told", () => {
  expect(sumsText(sums, campaign({ participants: "people" }))).toBe("合计：计入 3 条，参加人数 4,500。");
  expect(sumsText({ ...sums, events: 0 }, campaign({ participants: "people" }))).toBe("");
});
