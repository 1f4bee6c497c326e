// The pages' words, made into what vue-i18n makes of them in a browser (functions): reading them there
// costs a slow computer more than to draw them, and its reader of messages can be left out.
//
// Each folder of a view says its words in both languages in one words.json, a page loads those of one
// language at a time: `words.json?zh` is the Chinese half of it, `?en` the English one; `NAME.json?all`
// is a file of one language.
import { readFileSync } from "node:fs";
import { baseCompile } from "@intlify/message-compiler";
import type { Plugin } from "vite";

type Words = { [name: string]: string | Words };

const kAsked = /^(.*\.json)\?(zh|en|all)$/;
const kPlain = /^[^{}@|\\]*$/;

function functionOf(text: string): string {
  if (kPlain.test(text)) return `said(${JSON.stringify(text)})`;
  return baseCompile(text, {
    mode: "arrow",
    onError: (error) => {
      throw new Error(`${text}: ${error.message}`);
    },
  }).code;
}

function literalOf(words: Words): string {
  const parts = Object.entries(words).map(([name, said]) => `${JSON.stringify(name)}: ${typeof said === "string" ? functionOf(said) : literalOf(said)}`);
  return `{${parts.join(",\n")}}`;
}

export function wordsAsFunctions(): Plugin {
  return {
    name: "sitelog-words",
    enforce: "pre",
    load(id) {
      const [, path, part] = kAsked.exec(id) ?? [];
      if (!path || !part) return undefined;
      this.addWatchFile(path);
      const all = JSON.parse(readFileSync(path, "utf8")) as Words;
      const code = `const said = (text) => (ctx) => ctx.normalize([text]);\nexport default ${literalOf(part === "all" ? all : (all[part] as Words))};`;
      return { code, moduleType: "js", map: null };
    },
  };
}
