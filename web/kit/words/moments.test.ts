import { expect, test } from "vitest";
import { ago, clock, dayInText, exactMoment, machineMoment, moment, number } from "./times";
import { speakIn } from "./words";

test("what a device's clock says of no moment is told as not known", () => {
  for (const wall of [9e15, -9e15, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect([moment(wall), exactMoment(wall), clock(wall), ago(wall)]).toEqual(["?", "?", "?", "?"]);
    expect(machineMoment(wall)).toBeUndefined();
  }
  expect(moment(Date.UTC(2020, 6, 1))).toContain("2020");
});

test("moments, days and numbers read as people write them, in both languages", async () => {
  const at = new Date(2020, 6, 1, 4, 2, 9).getTime();
  await speakIn("zh");
  expect([moment(at), exactMoment(at), clock(at), dayInText("2020-07-01")]).toEqual(["2020年7月1日 04:02", "2020年7月1日 04:02:09", "04:02", "2020年7月1日"]);
  expect([ago(at, at + 30_000), ago(at, at + 8 * 60_000), ago(at, at + 5 * 3_600_000), ago(at, at + 24 * 3_600_000), ago(at + 1000, at), ago(at + 3_600_000, at)]).toEqual(["刚刚", "8 分钟前", "04:02", "2020年7月1日", "刚刚", "05:02"]);
  await speakIn("en");
  expect([moment(at), dayInText("2020-12-31"), dayInText("soon")]).toEqual(["1 July 2020 04:02", "31 December 2020", "soon"]);
  expect([0, 999, 1000, 1234567, -1234.5, 0.125].map(number)).toEqual(["0", "999", "1,000", "1,234,567", "-1,234.5", "0.125"]);
});
