// Which table is looked at, of which unit, the telephone of who fills it in: all in the address, so that it can be sent on.
import type { LocationQuery } from "vue-router";

export interface Chosen {
  table: "statistics" | "progress";
  unit: string;
  phone: string;
}

export function chosenIn(query: LocationQuery): Chosen {
  const text = (name: string) => {
    const value = query[name];
    return typeof value === "string" ? value : "";
  };
  return { table: text("table") === "progress" ? "progress" : "statistics", unit: text("unit"), phone: text("phone") };
}

// Where the same table is as a file.
export function fileAddress(campaign: string, chosen: Chosen, format: "xlsx" | "csv"): string {
  const given = new URLSearchParams({ report: chosen.table, campaign, format });
  for (const name of ["unit", "phone"] as const) if (chosen[name]) given.set(name, chosen[name]);
  return `/api/v1/report.file?${given.toString()}`;
}
