// A table of units as a file, and what it would change.

export interface Difference {
  unit: string;
  change: "added" | "changed";
  field?: string;
  from?: string;
  to?: string;
}

// A CSV file's text: UTF-8, else as Excel writes it in Chinese.
export function tableText(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
