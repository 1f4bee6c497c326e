// A list's columns: the form's fields as it orders them, and what is known of every record.
import type { Campaign, Field, Form } from "@kit/door/types";
import { isNumeric, leadField } from "@kit/forms/values";
import { labelOf, say } from "@kit/words/words";

export interface Column {
  name: string;
  label: string;
  // Of the form; without one it is said of every record.
  field?: Field;
  width: string;
  isNumber: boolean;
  // The year of days that are told without it.
  year?: string;
}

const kOfEach = { _form: "8em", _unit: "minmax(13em, 3fr)", _state: "minmax(10.5em, 1.2fr)", _changed: "7.5em", _by: "minmax(6em, 1fr)", _due: "7em" } as const;
type OfEach = keyof typeof kOfEach;
const kShownOfEach: OfEach[] = ["_unit", "_state", "_changed", "_by"];

function widthOf(field: Field, isLead: boolean): string {
  if (isLead) return "minmax(10em, 2.5fr)";
  if (isNumeric(field)) return "minmax(5.5em, 0.4fr)";
  if (field.type === "date") return "8.5em";
  return field.type === "choice" || field.type === "boolean" ? "minmax(5.5em, 0.9fr)" : "minmax(8em, 1.5fr)";
}

// The year of a campaign that lies within one.
function yearOf(campaign: Campaign | undefined): string | undefined {
  const year = campaign?.from.slice(0, 4);
  return year && campaign?.to.startsWith(year) ? year : undefined;
}

export function columnsOf(campaign: Campaign | undefined, form: Form | undefined): Column[] {
  const lead = leadField(form);
  const listed = form?.list ?? [];
  const rest = (form?.fields ?? []).filter((field) => !listed.includes(field.name) && field.type !== "long_text");
  const fields = [...listed.map((name) => form?.fields.find((field) => field.name === name)), ...rest].filter((field) => field !== undefined);
  const year = yearOf(campaign);
  const own = fields.map((field): Column => ({
    name: field.name,
    label: field.type === "date" && year ? say("records.inYear", { label: labelOf(field), year }) : labelOf(field),
    field,
    width: widthOf(field, field === lead),
    isNumber: isNumeric(field),
    ...(field.type === "date" && year ? { year } : {}),
  }));
  const ofEach = (Object.keys(kOfEach) as OfEach[])
    .filter((name) => name !== "_form" || (campaign?.forms.length ?? 0) > 1)
    .map((name): Column => ({ name, label: say(`records.column${name}`), width: kOfEach[name], isNumber: false }));
  return [...own, ...ofEach];
}

// The least width of a row of them, gaps and the bar for scrolling too.
export function leastWidth(columns: Column[]): string {
  const own = columns.reduce((sum, each) => sum + Number(/[\d.]+/.exec(each.width)?.[0] ?? 0), 0);
  return `${(own + 0.9 * columns.length + 2).toFixed(1)}em`;
}

export function shownAtFirst(campaign: Campaign | undefined, form: Form | undefined): string[] {
  return [...(form?.list ?? []), ...((campaign?.forms.length ?? 0) > 1 ? ["_form"] : []), ...kShownOfEach];
}
