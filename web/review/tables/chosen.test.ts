import { expect, test } from "vitest";
import { chosenIn, fileAddress } from "./chosen";

test("an address that says nothing is the statistics of everything", () => {
  expect(chosenIn({})).toEqual({ table: "statistics", unit: "", phone: "" });
  expect(chosenIn({ table: "other", unit: ["a", "b"] })).toEqual({ table: "statistics", unit: "", phone: "" });
});

test("the file is asked for with what was chosen, and that alone", () => {
  const chosen = chosenIn({ table: "progress", unit: "east&west", phone: "0375 1" });
  expect(fileAddress("a-b", chosen, "csv")).toBe("/api/v1/report.file?report=progress&campaign=a-b&format=csv&unit=east%26west&phone=0375+1");
});
