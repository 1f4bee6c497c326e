// Which table is looked at, of which unit and days, of all records that may count or the accepted alone, the telephone of who
// fills it in: all in the address, so that it can be sent on.
import type { LocationQuery } from "vue-router";
import type { Query } from "../counted";

export interface Chosen {
  table: "statistics" | "progress";
  unit: string;
  // As days are written in an address, 2020-06-01; empty where it is open.
  from: string;
  to: string;
  review: "" | "accepted";
  phone: string;
}

export function chosenIn(query: LocationQuery): Chosen {
  const text = (name: string) => {
    const value = query[name];
    return typeof value === "string" ? value : "";
  };
  const day = (name: string) => (/^\d{4}-\d\d-\d\d$/.test(text(name)) ? text(name) : "");
  return {
    table: text("table") === "progress" ? "progress" : "statistics",
    unit: text("unit"),
    from: day("from"),
    to: day("to"),
    review: text("review") === "accepted" ? "accepted" : "",
    phone: text("phone"),
  };
}

// What of it is said only where it was chosen, as report.statistics and report.progress take it.
export type Given = { [name in "unit" | "from" | "to" | "phone"]?: string } & { review?: "accepted" };

export function givenOf(chosen: Chosen): Given {
  const { unit, from, to, review, phone } = chosen;
  return Object.fromEntries(Object.entries({ unit, from, to, review, phone }).filter(([, value]) => value)) as Given;
}

// Which records a part of the table is of, as records.list is asked for them.
export function partOf(chosen: Chosen): Query {
  const { from, to, review } = givenOf(chosen);
  return { from, to, review };
}

// Where the same table is as a file.
export function fileAddress(campaign: string, chosen: Chosen, format: "xlsx" | "csv"): string {
  const given = new URLSearchParams({ report: chosen.table, campaign, format, ...givenOf(chosen) });
  return `/api/v1/report.file?${given.toString()}`;
}
