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

// The same said of each: without the record's own id in it. The commonest first.
export function byReason(lines: LeftOutLine[], ofOne: string): LeftOutReason[] {
  const found = new Map<string, LeftOutReason>();
  for (const line of lines) {
    if (!line.error) continue;
    const { reason, text } = errorOf(line.error);
    const same = text.split(nameParts(line.record).record).join(ofOne);
    const one = found.get(same) ?? { reason, text: same, records: [] };
    one.records.push(line.record);
    found.set(same, one);
  }
  return [...found.values()].sort((one, other) => other.records.length - one.records.length);
}

function errorOf(error: unknown): { reason: string; text: string } {
  const told = error as { reason?: unknown; text?: unknown; detail?: unknown; args?: unknown };
  const args = Array.isArray(told.args) ? told.args.map(String) : [];
  const text = args.reduce((all, each) => all.replace("{}", () => each), String(told.text ?? told.detail ?? told.reason ?? ""));
  return { reason: String(told.reason ?? ""), text };
}
