import type { Campaign } from "@kit/door/types";
import { expect, test } from "vitest";
import { countedQuery } from "../counted";
import { cellText, columnsThatDiffer, progressQueries, statisticsQueries } from "./drill";
const campaign = {
  report: { form: "event", kind: "kind", level: "tier", status: "state", held: ["done"] },
  kinds: [{ kind: "film" }, { kind: "song" }],
  forms: [{ form: "event", fields: [{ name: "tier", choices: [{ value: "low" }, { value: "high" }] }] }],
} as unknown as Campaign;

const figure = (kind: string, level: string, sessions: number, participants: number) => ({ kind, level, events: 1, sessions, participants });

test("each figure of the statistics leads to its kind and level", () => {
  const cells = ["unit", 1, 2, 10, 20, 3, 4, 30, 40];
  const figures = { cells: [figure("film", "low", 1, 10), figure("film", "high", 2, 20), figure("song", "low", 3, 30), figure("song", "high", 4, 40)] };
  const found = statisticsQueries(cells, figures, campaign);
  expect(found[0]).toBeUndefined();
  expect(found[2]).toEqual({ kind: "film", level: "high" });
  expect(found[7]).toEqual({ kind: "song", level: "low" });
});

test("what has no column in the table is passed over", () => {
  const cells = ["unit", 1, 2, 10, 20, 3, 4, 30, 40];
  const figures = {
    cells: [
      figure("film", "low", 1, 10), figure("film", "high", 2, 20), figure("film", "?", 9, 9),
      figure("song", "low", 3, 30), figure("song", "high", 4, 40), figure("song", "?", 9, 9), figure("?", "low", 9, 9),
    ],
  };
  expect(statisticsQueries(cells, figures, campaign)[8]).toEqual({ kind: "song", level: "high" });
});

test("cells that say another thing than the figures lead nowhere", () => {
  const figures = { cells: [figure("film", "low", 1, 10), figure("film", "high", 2, 20)] };
  expect(statisticsQueries(["unit", 1, 3, 10, 20], figures, campaign).every((each) => each === undefined)).toBe(true);
});

test("in the progress what is done and its kinds lead to records, what is asked does not", () => {
  const cells = ["unit", 60, 5, { permille: 83 }, 55, 0, 2, 3];
  const found = progressQueries(cells, { quota: 60, actual: 5, kinds: { film: 2, song: 3 } }, campaign);
  expect(found).toEqual([undefined, undefined, {}, undefined, undefined, undefined, { kind: "film" }, { kind: "song" }]);
});

test("without quotas the kinds follow what is done", () => {
  const found = progressQueries(["unit", 5, 2, 3], { quota: null, actual: 5, kinds: { film: 2, song: 3 } }, campaign);
  expect(found[3]).toEqual({ kind: "song" });
});

test("records that count are asked for by the one state that counts, and by none where there are more", () => {
  expect(countedQuery(campaign)).toEqual({ form: "event", state: "done" });
  expect(countedQuery({ ...campaign, report: { ...campaign.report, held: ["a", "b"] } }).state).toBeUndefined();
});

test("sums leave out what is part of another row, and shares", () => {
  const rows = [{ cells: ["a", 1, { permille: 5 }], part: false }, { cells: ["of which", 1, { permille: 5 }], part: true }, { cells: ["b", 2, ""], part: false }];
  expect(columnsThatDiffer(rows, ["sum", 3, { permille: 9 }])).toEqual([]);
  expect(columnsThatDiffer(rows, ["sum", 4, ""])).toEqual([1]);
});

test("a share is told with one decimal", () => {
  expect(cellText({ permille: 5767 }, String)).toBe("576.7%");
});
