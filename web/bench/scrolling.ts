// A list of 1,000,000 that somebody scrolls through.
import type { World } from "../stories/world.ts";
import { Page, quantile } from "./browser.ts";
import { lectures } from "./data.ts";
import type { Figure } from "./figure.ts";

const kRecords = Number(process.env["SITELOG_BENCH_RECORDS"] ?? 1_000_000);
const kPiece = 100_000;
const kFrames = 600;

interface Frames {
  gaps: number[];
  tasks: number[];
  rows: number;
}

export async function measureScrolling(world: World): Promise<Figure[]> {
  world.join("大矿", "shenma-mine-8");
  for (let at = 0; at < kRecords; at += kPiece) world.record("大矿", lectures(`第${String(at / kPiece + 1)}批`, Math.min(kPiece, kRecords - at)));
  world.site("大矿", "sync");
  const page = await Page.signIn(world, "office");
  const out: Figure[] = [];
  for (const step of [400, 4000]) {
    await page.open("records");
    await page.tab.locator("[role=row], [role=option]").nth(5).waitFor();
    const frames = await page.tab.evaluate(scrolled, { step, count: kFrames });
    // A frame is late where the page's own work kept it: other programs of this machine do too.
    const longest = Math.max(0, ...frames.tasks);
    out.push({
      figure: `longest work at ${String(step)} px a frame`, value: longest, unit: "ms", goal: "at most 50", met: longest <= 50,
      note: `of ${String(kRecords)} records; ${String(frames.rows)} px scrolled; 99th gap between frames ${quantile(frames.gaps, 0.99).toFixed(0)} ms, longest ${Math.max(...frames.gaps).toFixed(0)}`,
    });
  }
  return out;
}

// In the page: so many frames, each a step further down. Work of less than 50 ms is not told of.
async function scrolled({ step, count }: { step: number; count: number }): Promise<Frames> {
  const box = [...document.querySelectorAll<HTMLElement>("main *")].find((each) => each.scrollHeight > each.clientHeight + 100 && ["auto", "scroll"].includes(getComputedStyle(each).overflowY));
  if (!box) throw new Error("nothing scrolls");
  const tasks: number[] = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((each) => each.duration)));
  observer.observe({ type: "longtask" });
  const gaps: number[] = [];
  let before = await new Promise<number>(requestAnimationFrame);
  for (let n = 0; n < count; ++n) {
    box.scrollTop += step;
    const now = await new Promise<number>(requestAnimationFrame);
    gaps.push(now - before);
    before = now;
  }
  observer.disconnect();
  return { gaps, tasks, rows: box.scrollTop };
}
