// What of the records is listed: in the address as the arguments of records.list are called.
import type { Arguments } from "@kit/door/types";
import type { LocationQuery, LocationQueryRaw } from "vue-router";

export type Filters = Omit<Arguments<"records.list">, "campaign" | "limit" | "cursor" | "after" | "waiting">;
export type FilterName = keyof Filters;
export type TabName = "all" | "pending" | "returned" | "accepted" | "refused" | "conflicts" | "changed";

type ReviewState = NonNullable<Filters["review"]>;

const kReviews: ReviewState[] = ["pending", "returned", "accepted", "refused"];
const kTexts = ["text", "unit", "form", "kind", "level", "state", "station", "by", "device", "from", "to", "changed_since"] as const;
const kFlags = ["alone", "unexplained", "to_send", "conflicts", "changed"] as const;

// In the order in which they stand as chips.
export const kFilterNames: FilterName[] = [...kTexts, "review", ...kFlags];
export const kTabs: TabName[] = ["all", ...kReviews, "conflicts", "changed"];

export function isFlag(name: FilterName): boolean {
  return (kFlags as readonly string[]).includes(name);
}

// What is not understood is left out, as where nobody said it.
export function filtersOf(query: LocationQuery): Filters {
  const out: Record<string, unknown> = {};
  const said = (name: string): string => {
    const each = query[name];
    return String((Array.isArray(each) ? each[0] : each) ?? "").trim();
  };
  for (const name of kTexts) if (said(name)) out[name] = said(name);
  for (const name of kFlags) if (said(name) === "true") out[name] = true;
  if (kReviews.some((each) => each === said("review"))) out["review"] = said("review");
  // Alone is a unit, or nothing.
  if (!out["unit"]) Reflect.deleteProperty(out, "alone");
  return out as Filters;
}

export function queryOf(filters: Filters): LocationQueryRaw {
  const out: LocationQueryRaw = {};
  for (const name of kFilterNames) {
    const value = filters[name];
    if (value !== undefined && value !== "" && value !== false) out[name] = String(value);
  }
  return out;
}

// With one of them said otherwise; nothing takes it away.
export function withFilter(filters: Filters, name: FilterName, value: string | boolean | undefined): Filters {
  const out: Record<string, unknown> = { ...filters };
  if (value === undefined || value === "" || value === false) Reflect.deleteProperty(out, name);
  else out[name] = value;
  if (!out["unit"]) Reflect.deleteProperty(out, "alone");
  return out as Filters;
}

// The tab that is open: a review before what may be said of it besides.
export function tabOf(filters: Filters): TabName {
  if (filters.review) return filters.review;
  if (filters.conflicts) return "conflicts";
  return filters.changed ? "changed" : "all";
}

function withoutTab(filters: Filters): Filters {
  const open = tabOf(filters);
  if (open === "all") return filters;
  return withFilter(filters, open === "conflicts" || open === "changed" ? open : "review", undefined);
}

// The same list under another tab.
export function underTab(filters: Filters, tab: TabName): Filters {
  const rest = withoutTab(filters);
  if (tab === "all") return rest;
  return tab === "conflicts" || tab === "changed" ? withFilter(rest, tab, true) : withFilter(rest, "review", tab);
}

// What stands as chips: all but what the tab says already.
export function chipsOf(filters: Filters): FilterName[] {
  const rest = withoutTab(filters);
  return kFilterNames.filter((name) => rest[name] !== undefined);
}
