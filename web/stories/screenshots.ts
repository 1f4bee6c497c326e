// Pictures of every view: three sizes, two languages; with plenty, with none, with an error, out of reach.
// usage: ./dev screenshots [FOLDER]
import { chromium, type Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { EVENT, PASSWORD, World, type Fields } from "./world.ts";

const kViews = ["desk", "queue", "records", "tables", "conflicts", "units", "campaigns", "devices", "quarantine", "policies", "accounts", "audit", "health", "me", "new"];
const kSizes = [[360, 740], [768, 1024], [1440, 900]] as const;
const kKinds = ["送文艺", "送电影", "送书画", "送培训", "送讲座"];

function plenty(world: World): void {
  const events = (begin: string, n: number): Fields[] =>
    Array.from({ length: n }, (_, at) => ({ ...EVENT, kind: kKinds[at % 5] ?? "送讲座", title: `${begin}${at + 1}`, date: `2020-0${6 + (at % 3)}-1${at % 9}`, participants: 20 + at }));
  for (const [who, unit, n] of [["八矿平板", "shenma-mine-8", 60], ["工地手机", "site-east-1", 25], ["轧钢电脑", "wusteel-rolling", 12]] as const) {
    world.join(who, unit);
    const [first] = world.record(who, events(`${who}登记的活动`, n));
    world.send(who);
    world.headquarters("edit", world.word(String(first)), "venue=会议室");
    world.site(who, "edit", String(first), "venue=食堂");
    world.site(who, "sync");
  }
}

async function signIn(page: Page, world: World): Promise<void> {
  await page.goto(`${world.page}/review/`);
  await page.getByLabel(/账户|account/).fill("admin");
  await page.getByLabel(/^(密码|password)/).fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").waitFor();
}

async function take(page: Page, world: World, folder: string, state: string, tongue: string, width: number): Promise<void> {
  for (const view of kViews) {
    await page.goto(`${world.page}/review/thousand-events/${view}`);
    await page.locator("main h1, main h2, main [role=alert], main table").first().waitFor({ timeout: 3000 }).catch(() => undefined);
    await page.waitForTimeout(600); // what comes behind the first thing seen
    await page.screenshot({ path: `${folder}/${view}-${width}-${tongue}-${state}.png`, fullPage: width < 1000 });
  }
}

const folder = process.argv[2] ?? "../build/screenshots";
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env["SITELOG_CHROMIUM"] ?? "/usr/bin/chromium", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
for (const state of ["none", "plenty", "error", "away"]) {
  const world = await World.begin();
  if (state !== "none") plenty(world);
  for (const tongue of ["zh-CN", "en-GB"]) {
    for (const [width, height] of kSizes) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: tongue, viewport: { width, height } });
      const page = await context.newPage();
      await signIn(page, world);
      if (state === "error") {
        await page.route(/\/api\/v1\/(?!session|campaigns)/, (route) =>
          route.fulfill({ status: 500, contentType: "application/problem+json", body: JSON.stringify({ status: 500, reason: "not_saved", detail: "something went wrong here; what it was stands in the daemon's log" }) }),
        );
      }
      if (state === "away") await page.route(/\/api\/v1\/(?!session|campaigns)/, (route) => route.abort());
      await take(page, world, folder, state, tongue.slice(0, 2), width);
      await context.close();
    }
  }
  await world.end();
  process.stdout.write(`${state}: ${kViews.length * 6} pictures in ${folder}\n`);
}
await browser.close();
