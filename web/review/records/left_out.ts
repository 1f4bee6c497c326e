// What a review of many left out and why, by reason: a value; no I/O.

export interface LeftOutLine {
  // UNIT/FORM/ID
  record: string;
  error?: unknown;
}

export interface LeftOutReason {
  reason: string;
  text: string;
  records: string[];
}

export interface RecordName {
  unit: string;
  form: string;
  record: string;
}

export function nameParts(name: string): RecordName {
  const [unit = "", form = "", record = ""] = name.split("/");
  return record ? { unit, form, record } : { unit: "", form: "", record: name };
}

export interface ReasonWords {
  // In the place of a record's own id.
  ofOne: string;
  ofField: (form: string, field: string, text: string) => string;
  // Of all that have changed since: what changed is another thing of each.
  changed: string;
}

// The same said of each: without the record's own id in it. The commonest first.
export function byReason(lines: LeftOutLine[], words: ReasonWords): LeftOutReason[] {
  const found = new Map<string, LeftOutReason>();
  for (const line of lines) {
    if (!line.error) continue;
    const { form, record } = nameParts(line.record);
    const { reason, text, problems } = errorOf(line.error);
    const said = problems.length ? problems.map((each) => words.ofField(form, each.field, each.text)).join(" ") : text;
    const same = reason === "changed" ? words.changed : said.split(record).join(words.ofOne);
    const one = found.get(same) ?? { reason, text: same, records: [] };
    one.records.push(line.record);
    found.set(same, one);
  }
  return [...found.values()].sort((one, other) => other.records.length - one.records.length);
}

interface Told {
  reason: string;
  text: string;
  // What is wrong with single fields, where it is that.
  problems: { field: string; text: string }[];
}

function textOf(told: { text?: unknown; detail?: unknown; reason?: unknown; args?: unknown }): string {
  const args = Array.isArray(told.args) ? told.args.map(String) : [];
  return args.reduce((all, each) => all.replace("{}", () => each), String(told.text ?? told.detail ?? told.reason ?? ""));
}

function errorOf(error: unknown): Told {
  const told = error as { reason?: unknown; problems?: unknown };
  const problems = Array.isArray(told.problems) ? (told.problems as { field?: unknown; text?: unknown; args?: unknown }[]) : [];
  return {
    reason: String(told.reason ?? ""),
    text: textOf(told),
    problems: problems.map((each) => ({ field: String(each.field ?? ""), text: textOf(each) })),
  };
}
