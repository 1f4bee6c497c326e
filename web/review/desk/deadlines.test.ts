import { expect, test } from "vitest";
import { lineOfDays, todayHere } from "./deadlines";

const due = (date: string) => ({ date, zh: date, en: date });

test("days of the same date stand together, in order, with how far they are", () => {
  const line = lineOfDays("2020-05-21", "2020-11-30", [due("2020-11-30"), due("2020-05-31"), due("2020-11-30")], "2020-05-21");
  expect(line.days.map((each) => [each.date, each.days, each.what.length])).toEqual([["2020-05-31", 10, 1], ["2020-11-30", 193, 2]]);
  expect(line.days[1]?.at).toBe(1);
});

test("today beyond the line stands at its end", () => {
  expect(lineOfDays("2020-05-21", "2020-11-30", [], "2026-01-01").today).toBe(1);
  expect(lineOfDays("2020-05-21", "2020-11-30", [], "2019-01-01").today).toBe(0);
});

test("what is no day is left out", () => {
  expect(lineOfDays("2020-05-21", "2020-11-30", [due("soon")], "2020-06-01").days).toEqual([]);
});

test("today is the day here, not elsewhere", () => {
  expect(todayHere(new Date(2020, 6, 1, 0, 30))).toBe("2020-07-01");
});
