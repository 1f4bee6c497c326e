// What is typed into a form, as texts: what stands there before, what of it is plainly wrong, what of it
// is sent. A value; no I/O. What a text means is the door's to say, as it is for the command line.
import type { Field, FieldValue, Form } from "../door/types";
import { fieldLabel } from "./values";

export type Texts = Record<string, string>;

// The reason for what is unusual about a field goes by this name, as the door takes it.
export const kExplain = "_explain.";

// Fields may be called as what every object has. `in` is what Vue notices of one that is not there yet.
export function own<Value>(of: Record<string, Value> | undefined, name: string): Value | undefined {
  return of && name in of && Object.hasOwn(of, name) ? of[name] : undefined;
}

export function noTexts<Value = string>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

// As it would be typed. Of a choice its key, of a list an item a line.
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(textOf).join("\n");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

// What stands in each field, its reason included; of a new record what is given by itself.
export function textsBefore(form: Form, record?: { fields: Record<string, unknown>; explanations?: Record<string, unknown> }): Texts {
  const out = noTexts();
  for (const field of form.fields) {
    out[field.name] = textOf(record ? own(record.fields, field.name) : field.default);
    const why = textOf(own(record?.explanations, field.name));
    if (why) out[kExplain + field.name] = why;
  }
  return out;
}

const halfWidth = (text: string): string => text.replace(/[\uff01-\uff5e]/g, (each) => String.fromCharCode(each.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, " ");

export type Fault = { name: "required" } | { name: "noNumber" } | { name: "tooSmall"; bound: number } | { name: "tooLarge"; bound: number };

// What is plainly wrong before anybody is asked. A new record gets by itself what its form says.
export function faultOf(field: Field, text: string, isNew = false): Fault | undefined {
  const plain = halfWidth(text).trim();
  const isGiven = isNew && field.default !== undefined;
  if (!plain) return field.required && !isGiven ? { name: "required" } : undefined;
  if (field.type !== "integer") return undefined;
  if (!/^[+-]?\d+$/.test(plain)) return { name: "noNumber" };
  const number = Number(plain);
  if (field.min !== undefined && number < field.min) return { name: "tooSmall", bound: field.min };
  if (field.max !== undefined && number > field.max) return { name: "tooLarge", bound: field.max };
  return undefined;
}

// How many characters more a text may have; undefined while there is plenty of room.
export function roomLeft(field: Field, text: string): number | undefined {
  if (!["text", "long_text", "phone"].includes(field.type) || field.length_max === undefined) return undefined;
  const length = [...text.trim()].length;
  return 4 * length > 3 * field.length_max ? field.length_max - length : undefined;
}

const kSeparators = /[,;、，；]/;

// The door parts a list's text at commas, too: where an item that stands there has one, line by line is meant.
function givenText(field: Field | undefined, text: string, before: string): FieldValue {
  if (field?.type === "list" && kSeparators.test(before)) return text.split("\n").filter((line) => line.trim());
  return text;
}

// What differs from what stands there.
export function fieldsGiven(form: Form, typed: Texts, before: Texts): Record<string, FieldValue> {
  const out = noTexts<FieldValue>();
  for (const field of form.fields) {
    for (const name of [field.name, kExplain + field.name]) {
      const text = own(typed, name);
      const stood = own(before, name) ?? "";
      if (text === undefined || text.trim() === stood.trim()) continue;
      out[name] = givenText(name === field.name ? field : undefined, text, stood);
    }
  }
  return out;
}

export function isFieldOf(form: Form, name: string): boolean {
  const plain = name.startsWith(kExplain) ? name.slice(kExplain.length) : name;
  return form.fields.some((field) => field.name === plain);
}

// A record that is there already with just this content, where that is why nothing was saved: the door
// names it in its words alone.
export function recordNamedIn(detail: string): string | undefined {
  return /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/.exec(detail)?.[0];
}

// By people's name for a field, or for the reason of what is unusual about it.
export function nameText(form: Form | undefined, name: string, ofReason: (label: string) => string): string {
  return name.startsWith(kExplain) ? ofReason(fieldLabel(form, name.slice(kExplain.length))) : fieldLabel(form, name);
}
