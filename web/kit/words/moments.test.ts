import { expect, test } from "vitest";
import { ago, clock, exactMoment, moment } from "./times";

test("what a device's clock says of no moment is told as not known", () => {
  for (const wall of [9e15, -9e15, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect([moment(wall), exactMoment(wall), clock(wall), ago(wall)]).toEqual(["?", "?", "?", "?"]);
  }
  expect(moment(Date.UTC(2020, 6, 1))).toContain("2020");
});
