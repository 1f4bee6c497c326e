// How long somebody waits for the first view, and what Lighthouse finds.
import { chromium } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import lighthouse from "lighthouse";
import type { World } from "../stories/world.ts";
import { kArgs, kChromium, Page, quantile, signInAt } from "./browser.ts";
import { waiting } from "./data.ts";
import type { Figure } from "./figure.ts";

const kRuns = 5;
const kPort = 9224;

export async function measureFirstView(world: World): Promise<Figure[]> {
  waiting(world, "八矿", "shenma-mine-8", 100);
  const page = await Page.signIn(world, "checker");
  const seconds: number[] = [];
  const kilobytes: number[] = [];
  for (let run = 0; run < kRuns; ++run) {
    const { tab, session } = await page.slow();
    let bytes = 0;
    session.on("Network.loadingFinished", (done) => (bytes += done.encodedDataLength));
    const began = performance.now();
    await tab.goto(`${world.page}/review/thousand-events/desk`, { waitUntil: "commit" });
    await tab.locator("main table tbody tr").first().waitFor();
    seconds.push((performance.now() - began) / 1000);
    kilobytes.push(bytes / 1000);
    await tab.context().close();
  }
  const s = quantile(seconds, 0.5);
  const kb = quantile(kilobytes, 0.5);
  return [
    { figure: "first view usable", value: s, unit: "s", goal: "at most 3.5", met: s <= 3.5, note: "the desk's board; processor slowed 4 times, 1.6 Mbit/s, 150 ms; nothing kept" },
    { figure: "loaded until usable", value: kb, unit: "kB", goal: "at most 350", met: kb <= 350 },
  ];
}

export async function measureLighthouse(world: World): Promise<Figure[]> {
  waiting(world, "八矿", "shenma-mine-8", 100);
  const profile = mkdtempSync(join(tmpdir(), "sitelog-lighthouse-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: kChromium, args: [...kArgs, `--remote-debugging-port=${String(kPort)}`, "--ignore-certificate-errors"], ignoreHTTPSErrors: true, locale: "zh-CN",
  });
  const out: Figure[] = [];
  try {
    for (const [name, address, account] of [["to sign in", "/review/", ""], ["desk", "/review/thousand-events/desk", "checker"]] as const) {
      if (account) {
        const tab = await context.newPage();
        await signInAt(tab, world, account);
        // What another tab does meanwhile is not what is measured.
        await tab.close();
      }
      // Its settings for phones are what it does unless told otherwise.
      const found = await lighthouse(`${world.page}${address}`, { port: kPort, disableStorageReset: true, logLevel: "error", onlyCategories: ["performance", "accessibility", "best-practices"] });
      for (const [category, goal] of [["performance", 90], ["accessibility", 95], ["best-practices", 95]] as const) {
        const value = (found?.lhr.categories[category]?.score ?? 0) * 100;
        const lost = Object.values(found?.lhr.audits ?? {}).filter((audit) => audit.score === 0 && found?.lhr.categories[category]?.auditRefs.some((each) => each.id === audit.id && each.weight > 0));
        out.push({ figure: `${category}, ${name}`, value, unit: "", goal: `at least ${String(goal)}`, met: value >= goal, note: lost.map((each) => each.id).join(" ") });
      }
    }
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
  return out;
}
