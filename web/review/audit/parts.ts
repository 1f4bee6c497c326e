// What a line of the audit list was about: "unit=mine-8 text=\"two words\"".

export interface Part {
  // Empty for what stands without a name.
  name: string;
  value: string;
}

// Values between blanks; what is not one word stands in quotes, as JSON writes it.
export function partsOf(on: string): Part[] {
  const out: Part[] = [];
  for (const [, name, quoted, word] of on.matchAll(/(?:([a-z_]+)=)?(?:("(?:[^"\\]|\\.)*")|(\S+))/g)) {
    out.push({ name: name ?? "", value: quoted === undefined ? (word ?? "") : unquoted(quoted) });
  }
  return out;
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

// What an operation does, from its description: the first clause.
export function firstClause(summary: string): string {
  return (summary.split(/[；;：:]/)[0] ?? summary).trim();
}

// A table as a file that Excel opens: UTF-8 with its mark, CRLF. What Excel would take for a formula
// stands as text.
export function csvOf(rows: string[][]): string {
  const cell = (text: string) => {
    const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
