// A table of units as a file, and what it would change.
import type { Line } from "@kit/door/types";

export interface Difference {
  unit: string;
  added: boolean;
  field?: string;
  from?: string;
  to?: string;
}

// A row for each thing of a unit that would be another; one for a unit that would be new.
export function differencesOf(lines: Line<"units.import">[]): Difference[] {
  return lines.flatMap((line): Difference[] => {
    const unit = line.name || line.code;
    if (line.added) return [{ unit, added: true }];
    return line.changes.map((each) => ({ unit, added: false, ...each }));
  });
}

// A CSV file's text: UTF-8, else as Excel writes it in Chinese.
export function tableText(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
