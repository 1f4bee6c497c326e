import { expect, test } from "vitest";
import { chosenIn, fileAddress } from "./chosen";

test("an address that says nothing is the statistics of everything", () => {
  expect(chosenIn({})).toEqual({ table: "statistics", unit: "", person: "", phone: "" });
  expect(chosenIn({ table: "other", unit: ["a", "b"] })).toEqual({ table: "statistics", unit: "", person: "", phone: "" });
});

test("the file is asked for with what was chosen, and that alone", () => {
  const chosen = chosenIn({ table: "progress", unit: "east&west", person: "张三" });
  expect(fileAddress("a-b", chosen, "csv")).toBe("/api/v1/report.file?report=progress&campaign=a-b&format=csv&unit=east%26west&person=%E5%BC%A0%E4%B8%89");
});
