// Makes kit/door/openapi.d.ts of what sitelogd says of its operations.
// usage: node tools/make_types.mjs SITELOGD
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const program = process.argv[2];
if (!program) {
  console.error("usage: node tools/make_types.mjs SITELOGD");
  process.exit(2);
}
const description = execFileSync(program, ["--lang", "en", "operations", "--openapi"], { maxBuffer: 64 << 20 });
const types = astToString(await openapiTS(JSON.parse(description.toString())));
writeFileSync(new URL("../kit/door/openapi.d.ts", import.meta.url), types);
