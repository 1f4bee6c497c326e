// The last Chrome that Windows 7 has, unpacked once beside what is built.
import { chmodSync, createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

export const oldest = resolve(import.meta.dirname, "../../build/chrome-109/chromium");
// It is built for machines without a sandbox, a second process for graphics or a card for them.
export const oldestArgs = ["--no-sandbox", "--no-zygote", "--in-process-gpu", "--disable-gpu"];

export default async function unpackOldest(): Promise<void> {
  if (existsSync(oldest) || process.arch !== "x64") return;
  const main = createRequire(import.meta.url).resolve("@sparticuz/chromium");
  mkdirSync(dirname(oldest), { recursive: true });
  const partly = `${oldest}.${String(process.pid)}`;
  await pipeline(createReadStream(join(dirname(main), "../bin/chromium.br")), createBrotliDecompress(), createWriteStream(partly));
  chmodSync(partly, 0o755);
  renameSync(partly, oldest);
}
