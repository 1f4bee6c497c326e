// What a value of a form's field says to people.
import type { Campaign, Field, Form } from "../door/types";
import { dayInText, number } from "../words/times";
import { labelOf, say } from "../words/words";

export function choiceText(field: Field | undefined, key: string): string {
  const choice = field?.choices?.find((each) => each.value === key);
  return choice ? labelOf(choice) : key;
}

// Empty where there is no value.
export function valueText(field: Field | undefined, value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (Array.isArray(value)) return value.map((each) => valueText(field, each)).join(say("list.comma"));
  if (typeof value === "boolean") return say(value ? "value.yes" : "value.no");
  if (typeof value === "number") return number(value);
  const text = String(value);
  if (field?.type === "choice" || field?.type === "choices") return choiceText(field, text);
  if (field?.type === "date") return dayInText(text);
  return text;
}

// The same in a table: days as 07-01 where the year stands in the head.
export function cellText(field: Field | undefined, value: unknown, year?: string): string {
  if (field?.type === "date" && typeof value === "string" && year && value.startsWith(`${year}-`)) return value.slice(5);
  if (field?.type === "date" && typeof value === "string") return value;
  return valueText(field, value);
}

export function isNumeric(field: Field | undefined): boolean {
  return field?.type === "integer" || field?.type === "decimal" || field?.type === "money";
}

// By its key where the form has no such field (of an older version, of another program).
export function fieldLabel(form: Form | undefined, name: string): string {
  const field = form?.fields.find((each) => each.name === name);
  return field ? labelOf(field) : name;
}

export function formOf(campaign: Campaign | undefined, form: string): Form | undefined {
  return campaign?.forms.find((each) => each.form === form);
}

// The form's fields in its order, then what a record says beyond them; those of the record keeping
// (which begin with _) are none.
export function fieldsShown(form: Form | undefined, values: Record<string, unknown>): { name: string; field: Field | undefined }[] {
  const known = form?.fields ?? [];
  const names = new Set(known.map((each) => each.name));
  const beyond = Object.keys(values).filter((name) => !names.has(name) && !name.startsWith("_"));
  return [...known.map((field) => ({ name: field.name, field })), ...beyond.sort().map((name) => ({ name, field: undefined }))];
}

export function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

// The field by which people know a record again: the first one with words of their own.
export function leadField(form: Form | undefined): Field | undefined {
  const listed = (form?.list ?? []).map((name) => form?.fields.find((each) => each.name === name)).filter((each) => each !== undefined);
  return listed.find((each) => each.type === "text") ?? listed[0] ?? form?.fields[0];
}

const kTitleMax = 120;

function shortened(text: string): string {
  const letters = [...text.slice(0, 2 * kTitleMax)];
  return letters.length > kTitleMax ? `${letters.slice(0, kTitleMax).join("")}…` : text;
}

export function titleOf(form: Form | undefined, record: { record: string; fields: Record<string, unknown> }): string {
  const lead = leadField(form);
  const said = lead ? cellText(lead, record.fields[lead.name]) : "";
  return shortened(said) || record.record.slice(-8);
}
