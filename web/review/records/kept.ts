// What a reader chose of lists, kept in this browser.
import { local } from "@kit/kept";
import type { LocationQueryRaw } from "vue-router";

export interface SavedView {
  name: string;
  query: LocationQueryRaw;
}

const kColumns = "sitelog.records.columns";
const kViews = "sitelog.records.views";

function read(key: string): unknown {
  try {
    return JSON.parse(local.get(key) ?? "null");
  } catch {
    return null;
  }
}

export function columnsKept(campaign: string, form: string): string[] | undefined {
  const kept = read(`${kColumns}.${campaign}.${form}`);
  return Array.isArray(kept) && kept.length && kept.every((each) => typeof each === "string") ? (kept as string[]) : undefined;
}

export function keepColumns(campaign: string, form: string, shown: string[] | undefined): void {
  const key = `${kColumns}.${campaign}.${form}`;
  if (shown) local.set(key, JSON.stringify(shown));
  else local.drop(key);
}

export function viewsKept(campaign: string): SavedView[] {
  const kept = read(`${kViews}.${campaign}`);
  if (!Array.isArray(kept)) return [];
  return (kept as SavedView[]).filter((each) => typeof each?.name === "string" && typeof each.query === "object" && each.query !== null);
}

// In the place of one of the same name.
export function keepView(campaign: string, view: SavedView): SavedView[] {
  const all = [...viewsKept(campaign).filter((each) => each.name !== view.name), view];
  local.set(`${kViews}.${campaign}`, JSON.stringify(all));
  return all;
}

export function forgetView(campaign: string, name: string): SavedView[] {
  const all = viewsKept(campaign).filter((each) => each.name !== name);
  local.set(`${kViews}.${campaign}`, JSON.stringify(all));
  return all;
}
