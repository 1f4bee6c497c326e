import { expect, test } from "vitest";
import { chosenIn, fileAddress, partOf } from "./chosen";

const kAll = { table: "statistics", unit: "", from: "", to: "", review: "", phone: "" };

test("an address that says nothing is the statistics of everything", () => {
  expect(chosenIn({})).toEqual(kAll);
  expect(chosenIn({ table: "other", unit: ["a", "b"], from: "yesterday", review: "refused" })).toEqual(kAll);
});

test("the file is asked for with what was chosen, and that alone", () => {
  const chosen = chosenIn({ table: "progress", unit: "east&west", phone: "0375 1" });
  expect(fileAddress("a-b", chosen, "csv")).toBe("/api/v1/report.file?report=progress&campaign=a-b&format=csv&unit=east%26west&phone=0375+1");
});

test("a part is asked for as it is told, in the file and in the records behind it", () => {
  const chosen = chosenIn({ from: "2020-06-01", review: "accepted" });
  expect(fileAddress("a", chosen, "xlsx")).toBe("/api/v1/report.file?report=statistics&campaign=a&format=xlsx&from=2020-06-01&review=accepted");
  expect(partOf(chosen)).toEqual({ from: "2020-06-01", to: undefined, review: "accepted" });
});
