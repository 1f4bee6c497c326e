import { describe, expect, it } from "vitest";
import { Pages, type Read } from "./pages";

const rows = (...ids: string[]) => ids.map((record) => ({ record }));
const read = (next: string | undefined, ...ids: string[]): Read<{ record: string }> => ({ rows: rows(...ids), next });

function three(): Pages<{ record: string }> {
  const pages = new Pages<{ record: string }>();
  pages.append("", read("c", "a", "b"));
  pages.append("c", read("e", "c", "d"));
  pages.append("e", read(undefined, "e"));
  return pages;
}
const ids = (pages: Pages<{ record: string }>) => pages.rows().map((row) => row.record).join("");

describe("pages of a list", () => {
  it("one read anew after a record went takes nothing of the page after it twice", () => {
    const pages = three();
    expect(pages.replace("", read("x", "b", "c"))).toBeUndefined();
    expect(ids(pages)).toBe("bcde");
  });

  it("one read anew after records came between is filled until the page after it", () => {
    const pages = three();
    expect(pages.replace("", read("m", "a", "aa"))).toBe("m");
    expect(pages.fill("", read("n", "ab", "b"))).toBe("n");
    expect(pages.fill("", read("o", "c", "d"))).toBeUndefined();
    expect(ids(pages)).toBe("aaaabbcde");
  });

  it("the last one read anew goes on where the list goes on", () => {
    const pages = three();
    pages.replace("e", read("g", "e", "f"));
    expect(pages.next).toBe("g");
    expect(ids(pages)).toBe("abcdef");
  });

  it("a list that lost its end ends where it does", () => {
    const pages = three();
    pages.replace("e", read(undefined));
    expect(ids(pages)).toBe("abcd");
    expect(pages.next).toBeUndefined();
  });

  it("only those in sight are read anew, and once", () => {
    const pages = three();
    pages.age();
    expect(pages.staleWithin(0, 1)).toEqual([]);
    expect(pages.staleWithin(3, 3)).toEqual(["c"]);
    pages.replace("c", read("e", "c", "d"));
    expect(pages.staleWithin(0, 9)).toEqual(["e"]);
  });
});
