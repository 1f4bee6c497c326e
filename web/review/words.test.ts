import en from "@kit/words/en.json";
import zh from "@kit/words/zh.json";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

type Tree = { [key: string]: string | Tree };
type Words = { zh: Tree; en: Tree };

const top = join(import.meta.dirname, "..");

function files(folder: string, ending: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return files(path, ending);
    return name.endsWith(ending) ? [path] : [];
  });
}

function flat(tree: Tree, before = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") out.set(before + key, value);
    else for (const [below, text] of flat(value, `${before}${key}.`)) out.set(below, text);
  }
  return out;
}

const all: Words[] = [{ zh, en }, ...files(join(top, "review"), "words.json").map((path) => JSON.parse(readFileSync(path, "utf8")) as Words)];
const chinese = new Map(all.flatMap((words) => [...flat(words.zh)]));
const english = new Map(all.flatMap((words) => [...flat(words.en)]));
const sources = [...files(join(top, "review"), ".vue"), ...files(join(top, "kit"), ".vue"), ...files(join(top, "review"), ".ts"), ...files(join(top, "kit"), ".ts")]
  .filter((path) => !path.endsWith(".test.ts") && !path.endsWith(".d.ts"))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));

describe("the words of the pages", () => {
  it("are there in both languages", () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    expect([...chinese.entries(), ...english.entries()].filter(([, text]) => text === "")).toEqual([]);
  });

  it("have the same places to fill in both", () => {
    const places = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]))].sort();
    expect([...chinese].filter(([key, text]) => String(places(text)) !== String(places(english.get(key) ?? "")))).toEqual([]);
  });

  it("are there wherever they are said", () => {
    const said = sources.flatMap(({ path, text }) => [...text.matchAll(/(?:\$t|\bsay|\bt)\(["']([\w.]+)["']/g)].map((found) => `${path}: ${found[1]}`));
    expect(said.length).toBeGreaterThan(50);
    expect(said.filter((each) => !chinese.has(each.split(": ")[1] ?? ""))).toEqual([]);
  });

  it("are all said somewhere", () => {
    const text = sources.map((each) => each.text).join("\n");
    const begun = [...text.matchAll(/`([\w.]+)\$\{/g)].map((found) => found[1] ?? "");
    const unsaid = [...chinese.keys()].filter((key) => !text.includes(`"${key}"`) && !text.includes(`'${key}'`) && !begun.some((begin) => key.startsWith(begin)));
    expect(unsaid).toEqual([]);
  });
});
