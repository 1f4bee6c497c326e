// What the pages begin with is marked to be made ready beside reading it, where a browser knows how to (V8's
// explicit compile hints, a first line): most of it is needed at once. Then beside each text file of the
// built pages the same as .gz and .br, so that the daemon sends what is made once. usage: node tools/compress.mjs FOLDER
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const texts = new Set([".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt"]);

function compress(path) {
  const bytes = readFileSync(path);
  if (bytes.length < 512) return;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  );
}

function walk(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) walk(path);
    else if (texts.has(extname(name))) compress(path);
  }
}

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node tools/compress.mjs FOLDER");
  process.exit(2);
}
const kReady = "//# allFunctionsCalledOnLoad\n";
for (const [, script] of readFileSync(join(folder, "index.html"), "utf8").matchAll(/<script [^>]*src="[^"]*\/(assets\/[^"]+)"/g)) {
  const path = join(folder, script);
  const code = readFileSync(path, "utf8");
  if (!code.startsWith(kReady)) writeFileSync(path, kReady + code);
}
walk(folder);
