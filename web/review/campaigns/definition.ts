// A campaign's forms as its definition has them so far, in the shape in which campaigns.list tells them.
import type { Campaign, Field, Form } from "@kit/door/types";
import { isTable, readToml, type Toml, type TomlValue } from "./toml";

export type Preview = Pick<Campaign, "version" | "zh" | "en" | "from" | "to"> & { forms: Form[] };

const text = (value: TomlValue | undefined): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
const tables = (value: TomlValue | undefined): Toml[] => (Array.isArray(value) ? value.filter(isTable) : []);
const texts = (value: TomlValue | undefined): string[] => (Array.isArray(value) ? value.map(text) : []);
const labels = (of: Toml) => ({ zh: text(of["zh"]), en: text(of["en"]) });
const choices = (of: Toml[]) => of.map((each) => ({ value: text(each["key"]), ...labels(each) }));

function fieldOf(of: Toml, definition: Toml): Field {
  const vocabulary = text(of["vocabulary"]);
  const lists = isTable(definition["vocabulary"]) ? definition["vocabulary"] : undefined;
  const number = (key: "min" | "max" | "length_max") => (typeof of[key] === "number" ? { [key]: of[key] } : {});
  return {
    name: text(of["name"]),
    type: text(of["type"]),
    required: of["required"] === true,
    ...number("min"), ...number("max"), ...number("length_max"),
    ...(of["default"] === undefined ? {} : { default: of["default"] }),
    ...(vocabulary ? { choices: choices(tables(vocabulary === "kind" ? definition["kind"] : lists?.[vocabulary])) } : {}),
    ...labels(of),
  } as Field;
}

export function previewOf(definition: string): Preview {
  const read = readToml(definition);
  const title = isTable(read["title"]) ? read["title"] : ({} as Toml);
  return {
    version: typeof read["version"] === "number" ? read["version"] : 0,
    ...labels(title),
    from: text(read["from"]),
    to: text(read["to"]),
    forms: tables(read["form"]).map((form) => ({
      form: text(form["key"]),
      list: texts(form["list"]),
      stations: texts(form["stations"] ?? read["stations"]),
      fields: tables(form["field"]).map((field) => fieldOf(field, read)),
      ...labels(form),
    })),
  };
}

// The line of the definition that a refusal speaks of: "… 第 34 行：…", "… line 34: …".
export function lineOf(detail: string): number | undefined {
  const found = /第 (\d+) 行|line (\d+)/.exec(detail);
  return found ? Number(found[1] ?? found[2]) : undefined;
}
