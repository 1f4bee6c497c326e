// From a figure of a printed table to the records behind it. No kind and no level is known here: the
// figures say which they are, the campaign which of them have a column.
import type { Campaign, Line } from "@kit/door/types";
import type { Query } from "../counted";

type StatisticsLine = Line<"report.statistics">;
type ProgressLine = Line<"report.progress">;
export type Cell = number | string | { permille: number };

function levelKeys(campaign: Campaign): string[] {
  const form = campaign.forms.find((each) => each.form === campaign.report.form);
  const field = form?.fields.find((each) => each.name === campaign.report.level);
  return field?.choices?.map((each) => each.value) ?? [];
}

const distinct = (all: string[]) => [...new Set(all)];

type StatisticsFigures = Pick<NonNullable<StatisticsLine["figures"]>, "cells">;

// For each cell of a row of the statistics its kind and level: kind by kind the sessions of all levels,
// then the participants. Nothing where cells and figures don't go together.
export function statisticsQueries(cells: Cell[], figures: StatisticsFigures, campaign: Campaign): (Query | undefined)[] {
  const none = cells.map(() => undefined);
  const known = levelKeys(campaign);
  const kinds = distinct(figures.cells.map((each) => each.kind)).filter((kind) => campaign.kinds.some((each) => each.kind === kind));
  const levels = distinct(figures.cells.map((each) => each.level)).filter((level) => !known.length || known.includes(level));
  const wide = kinds.length * levels.length;
  const measures = wide ? (cells.length - 1) / wide : 0;
  if (measures !== 1 && measures !== 2) return none;
  const out: (Query | undefined)[] = [undefined];
  for (const kind of kinds) {
    for (const measure of (["sessions", "participants"] as const).slice(0, measures)) {
      for (const level of levels) {
        const figure = figures.cells.find((each) => each.kind === kind && each.level === level);
        if (!figure || figure[measure] !== cells[out.length]) return none;
        out.push({ kind, level: level || undefined });
      }
    }
  }
  return out;
}

type ProgressFigures = Pick<NonNullable<ProgressLine["figures"]>, "quota" | "actual" | "kinds">;

// For each cell of a row of the progress: what is done leads to all that counts, a kind to its records.
// What was asked, is missing or beyond, and shares, count no records.
export function progressQueries(cells: Cell[], figures: ProgressFigures, campaign: Campaign): (Query | undefined)[] {
  const none = cells.map(() => undefined);
  const hasQuotas = cells.length - 1 >= 5 + campaign.kinds.length;
  const done = hasQuotas ? 2 : 1;
  const first = hasQuotas ? 6 : 2;
  if (cells[done] !== figures.actual) return none;
  const out: (Query | undefined)[] = [...none];
  out[done] = {};
  for (const [n, { kind }] of campaign.kinds.entries()) {
    if (cells[first + n] !== (figures.kinds[kind] ?? 0)) return none;
    out[first + n] = { kind };
  }
  return out;
}

// 576.7%.
export function cellText(cell: Cell, number: (value: number) => string): string {
  if (typeof cell === "number") return number(cell);
  if (typeof cell === "string") return cell;
  return `${number(cell.permille / 10)}%`;
}

// Columns whose last row is not the sum of those above it that are part of no other; a sum is of whole
// numbers alone.
export function columnsThatDiffer(rows: { cells: Cell[]; part: boolean }[], total: Cell[]): number[] {
  return total.flatMap((sum, n) => {
    if (typeof sum !== "number") return [];
    const added = rows.reduce((all, row) => {
      const cell = row.cells[n];
      return row.part || typeof cell !== "number" ? all : all + cell;
    }, 0);
    return added === sum ? [] : [n];
  });
}
