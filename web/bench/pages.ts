// What the pages cost who uses them: bytes, first view, scrolling, keys, a day of deadline.
// usage: ./dev bench --only pages [FIGURE…]
import { writeFileSync } from "node:fs";
import { World } from "../stories/world.ts";
import { Page } from "./browser.ts";
import { measureBulk, measureDay, measureKeys } from "./deciding.ts";
import type { Figure } from "./figure.ts";
import { measureFirstView, measureLighthouse } from "./loading.ts";
import { measureScrolling } from "./scrolling.ts";

const kMeasures: Record<string, (world: World) => Promise<Figure[]>> = {
  first_view: measureFirstView,
  lighthouse: measureLighthouse,
  keys: measureKeys,
  scroll: measureScrolling,
  bulk: measureBulk,
  day: measureDay,
};

const wanted = process.argv.slice(2);
const unknown = wanted.find((each) => !(each in kMeasures));
if (unknown !== undefined) {
  process.stderr.write(`there is no figure ${unknown}; there are: ${Object.keys(kMeasures).join(" ")}\n`);
  process.exit(2);
}
const all: Figure[] = [];
for (const [name, measure] of Object.entries(kMeasures)) {
  if (wanted.length && !wanted.includes(name)) continue;
  const world = await World.begin();
  try {
    for (const each of await measure(world)) {
      all.push(each);
      process.stdout.write(`${each.met ? "met " : "MISS"} ${each.figure.padEnd(28)} ${String(Math.round(each.value * 100) / 100).padStart(9)} ${each.unit.padEnd(4)} (${each.goal})${each.note ? ` ${each.note}` : ""}\n`);
    }
  } finally {
    await world.end();
  }
}
await Page.closeAll();
writeFileSync(new URL("results.json", import.meta.url), `${JSON.stringify(all, undefined, 1)}\n`);
process.exit(all.every((each) => each.met) ? 0 : 1);
