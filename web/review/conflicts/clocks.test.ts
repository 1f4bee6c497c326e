import { expect, it } from "vitest";
import { apart } from "./clocks";

it("a clock that stood ahead or behind is told by the greatest unit that it reaches", () => {
  expect(apart(10_000_000, 10_000_000)).toBeUndefined();
  expect(apart(90_000_000, 0)).toEqual({ way: "ahead", unit: "days", n: 1 });
  expect(apart(0, 7_300_000)).toEqual({ way: "behind", unit: "hours", n: 2 });
  expect(apart(0, 45_000)).toEqual({ way: "behind", unit: "seconds", n: 45 });
});
