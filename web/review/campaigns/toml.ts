// What can be read of a TOML text while it is being written, for the preview beside it: what can't be
// read is passed over. Whether a definition is right headquarters alone says (campaign.check).

export type TomlValue = string | number | boolean | TomlValue[] | Toml;
export interface Toml {
  [key: string]: TomlValue;
}

const kDepthMax = 16;

class Unreadable extends Error {}

// A reader of one text; `at` goes forward only.
class Reader {
  at = 0;
  constructor(readonly text: string) {}

  // Blanks and comments, and line ends too where `lines`.
  skip(lines: boolean): void {
    const pattern = lines ? /(?:[ \t\r\n]|#[^\n]*)*/y : /[ \t\r]*(?:#[^\n]*)?/y;
    pattern.lastIndex = this.at;
    this.at += pattern.exec(this.text)?.[0].length ?? 0;
  }
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found) this.at += found.length;
    return found;
  }
  need(pattern: RegExp): string {
    const found = this.take(pattern);
    if (found === undefined) throw new Unreadable();
    return found;
  }
  key(): string[] {
    const path: string[] = [];
    do {
      this.skip(false);
      const quoted = this.take(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y);
      path.push(quoted === undefined ? this.need(/[A-Za-z0-9_-]+/y) : unquoted(quoted));
      this.skip(false);
    } while (this.take(/\./y));
    return path;
  }
  value(depth = 0): TomlValue {
    if (depth > kDepthMax) throw new Unreadable();
    const long = this.take(/"""[^]*?"""|'''[^]*?'''/y);
    if (long !== undefined) return long.slice(3, -3).replace(/^\r?\n/, "");
    const quoted = this.take(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y);
    if (quoted !== undefined) return unquoted(quoted);
    if (this.take(/\[/y)) return this.list(depth);
    if (this.take(/\{/y)) return this.table(depth);
    const word = this.need(/[^\s,#\]}]+/y);
    if (word === "true" || word === "false") return word === "true";
    return /^[+-]?\d[\d_]*(?:\.\d+)?$/.test(word) ? Number(word.replace(/_/g, "")) : word;
  }
  list(depth: number): TomlValue[] {
    const out: TomlValue[] = [];
    for (;;) {
      this.skip(true);
      if (this.take(/\]/y)) return out;
      out.push(this.value(depth + 1));
      this.skip(true);
      if (!this.take(/,/y)) {
        this.need(/\]/y);
        return out;
      }
    }
  }
  table(depth: number): Toml {
    const out: Toml = empty();
    for (;;) {
      this.skip(true);
      if (this.take(/\}/y)) return out;
      const path = this.key();
      this.need(/=/y);
      this.skip(false);
      put(out, path, this.value(depth + 1));
      this.skip(true);
      if (!this.take(/,/y)) {
        this.need(/\}/y);
        return out;
      }
    }
  }
}

const empty = (): Toml => Object.create(null) as Toml;

function unquoted(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}

export function isTable(value: TomlValue | undefined): value is Toml {
  return typeof value === "object" && !Array.isArray(value);
}

// The table that `path` names, of a list of tables the last one; made where it is not there.
function tableAt(top: Toml, path: string[]): Toml {
  let at = top;
  for (const key of path) {
    const there = at[key];
    const last: TomlValue | undefined = Array.isArray(there) ? there[there.length - 1] : there;
    if (isTable(last)) at = last;
    else at = at[key] = empty();
  }
  return at;
}

function put(top: Toml, path: string[], value: TomlValue): void {
  tableAt(top, path.slice(0, -1))[path[path.length - 1] ?? ""] = value;
}

export function readToml(text: string): Toml {
  const top = empty();
  const reader = new Reader(text);
  let here = top;
  for (reader.skip(true); reader.at < text.length; reader.skip(true)) {
    const before = reader.at;
    try {
      here = statement(reader, top, here);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      reader.at = before;
      reader.take(/[^\n]*\n?/y);
    }
  }
  return top;
}

// A head or an assignment; gives back the table that assignments after it are for.
function statement(reader: Reader, top: Toml, here: Toml): Toml {
  const opened = reader.take(/\[\[?/y);
  const path = reader.key();
  if (opened === undefined) {
    reader.need(/=/y);
    reader.skip(false);
    put(here, path, reader.value());
    return here;
  }
  reader.need(opened === "[[" ? /\]\]/y : /\]/y);
  if (opened === "[") return tableAt(top, path);
  const above = tableAt(top, path.slice(0, -1));
  const key = path[path.length - 1] ?? "";
  const list = above[key];
  const next = empty();
  above[key] = Array.isArray(list) ? [...list, next] : [next];
  return next;
}
