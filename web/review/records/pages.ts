// A long list as far as it was read, page by page; each page can be read anew by itself. Pages come
// in the order of the records' ids. Values; no I/O.

export interface Keyed {
  record: string;
}

export interface Read<Row> {
  rows: Row[];
  // Where to go on; nothing where the list ends.
  next: string | undefined;
}

interface Page<Row> extends Read<Row> {
  cursor: string;
  isStale: boolean;
}

export class Pages<Row extends Keyed> {
  private pages: Page<Row>[] = [];

  get isEmpty(): boolean {
    return this.pages.length === 0;
  }

  get next(): string | undefined {
    return this.pages.at(-1)?.next;
  }

  rows(): Row[] {
    return this.pages.flatMap((page) => page.rows);
  }

  append(cursor: string, read: Read<Row>): void {
    this.pages.push({ cursor, ...read, isStale: false });
  }

  // All but the first may be others by now.
  age(): void {
    for (const page of this.pages.slice(1)) page.isStale = true;
  }

  // Pages to be read anew of those that have rows from `first` to `last`, by their cursors.
  staleWithin(first: number, last: number): string[] {
    const out: string[] = [];
    let at = 0;
    for (const page of this.pages) {
      const end = at + page.rows.length;
      if (page.isStale && at <= last && end >= first) out.push(page.cursor);
      at = end;
    }
    return out;
  }

  // Puts in what the page that began at `cursor` is now. Gives back where more of what came between it
  // and the page after it has to be read first: `fill` then.
  replace(cursor: string, read: Read<Row>): string | undefined {
    const page = this.pages.find((each) => each.cursor === cursor);
    if (!page) return undefined;
    page.rows = [];
    page.isStale = false;
    return this.fill(cursor, read);
  }

  fill(cursor: string, read: Read<Row>): string | undefined {
    const at = this.pages.findIndex((each) => each.cursor === cursor);
    const page = this.pages[at];
    if (!page) return undefined;
    const after = this.pages.slice(at + 1).find((each) => each.rows.length > 0)?.rows[0]?.record;
    if (after === undefined) {
      this.pages.length = at + 1;
      page.rows = page.rows.concat(read.rows);
      page.next = read.next;
      return undefined;
    }
    const before = read.rows.filter((row) => row.record < after);
    page.rows = page.rows.concat(before);
    return before.length === read.rows.length ? read.next : undefined;
  }
}
