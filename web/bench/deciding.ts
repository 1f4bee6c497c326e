// What a checker does all day: the next record by a key, two hundred of them, five thousand at once.
import type { World } from "../stories/world.ts";
import { Page, quantile } from "./browser.ts";
import { waiting } from "./data.ts";
import type { Figure } from "./figure.ts";

const kHeading = "article h2";

// In the page: from each press of a key until another record has been drawn.
function watchKeys(heading: string): void {
  const times: number[] = [];
  Object.assign(window, { keyTimes: times });
  let pressed = 0;
  let title = document.querySelector(heading)?.textContent;
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), { capture: true });
  new MutationObserver(() => {
    const now = document.querySelector(heading)?.textContent;
    if (!now || now === title || !pressed) return;
    title = now;
    const since = pressed;
    pressed = 0;
    requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - since)));
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}

const keyTimes = () => (window as unknown as { keyTimes: number[] }).keyTimes;

export async function measureKeys(world: World): Promise<Figure[]> {
  waiting(world, "八矿", "shenma-mine-8", 200);
  const out: Figure[] = [];
  for (const [key, what] of [["j", "key to the next record"], ["a", "accepting to the next record"]] as const) {
    const page = await Page.signIn(world, "checker");
    await page.open("queue");
    await page.tab.locator(kHeading).waitFor();
    await page.tab.evaluate(watchKeys, kHeading);
    for (let n = 1; n <= 60; ++n) {
      await page.tab.keyboard.press(key);
      await page.tab.waitForFunction((count) => (window as unknown as { keyTimes: number[] }).keyTimes.length >= count, n);
      await page.tab.waitForTimeout(1000); // sooner than anybody reads one
    }
    const times = await page.tab.evaluate(keyTimes);
    const value = quantile(times, 0.95);
    out.push({ figure: what, value, unit: "ms", goal: "at most 100", met: value <= 100, note: `95th of ${String(times.length)}; median ${quantile(times, 0.5).toFixed(0)}, longest ${Math.max(...times).toFixed(0)}` });
    await page.context.close();
  }
  return out;
}

// Two hundred that wait on a day of deadline: looked at for two seconds each, one of twenty returned
// with a remark typed at the pace of a clerk.
export async function measureDay(world: World): Promise<Figure[]> {
  const records = waiting(world, "八矿", "shenma-mine-8", 200);
  const page = await Page.signIn(world, "checker");
  await page.open("queue");
  await page.tab.locator(kHeading).waitFor();
  const began = performance.now();
  for (let n = 0; n < records.length; ++n) {
    const title = await page.tab.locator(kHeading).textContent();
    await page.tab.waitForTimeout(2000);
    if (n % 20 === 19) {
      await page.tab.keyboard.press("r");
      await page.tab.getByLabel("给单位的意见").pressSequentially("参加人数请核对", { delay: 250 });
      await page.tab.keyboard.press("Control+Enter");
    } else {
      await page.tab.keyboard.press("a");
    }
    if (n < records.length - 1) await page.tab.waitForFunction(([heading, before]) => document.querySelector(heading ?? "")?.textContent !== before, [kHeading, title]);
  }
  await page.tab.getByText("没有等您审核的记录").first().waitFor();
  const minutes = (performance.now() - began) / 60_000;
  const states = records.map((record) => (world.shown(record)["review"] as { waiting?: { role: string }; state: string }));
  const returned = states.filter((each) => each.state === "returned").length;
  const passed = states.filter((each) => each.waiting?.role === "office").length;
  return [{ figure: "200 records by keyboard", value: minutes, unit: "min", goal: "at most 10", met: minutes <= 10 && returned === 10 && passed === 190, note: `${String(passed)} passed, ${String(returned)} returned, as headquarters holds them` }];
}

export async function measureBulk(world: World): Promise<Figure[]> {
  const records = waiting(world, "批量", "shenma-mine-8", 5000);
  const page = await Page.signIn(world, "checker");
  await page.open("records?review=pending");
  await page.tab.getByRole("button", { name: /选定全部 5,?000 条/ }).click();
  const sheet = page.tab.getByRole("dialog");
  await sheet.getByText(/5,?000/).first().waitFor();
  for (const [n, record] of records.slice(0, 12).entries()) world.site("批量", "edit", record, `participants=${String(900 + n)}`);
  world.send("批量");
  const began = performance.now();
  await sheet.getByRole("radio", { name: "通过" }).check();
  await sheet.getByRole("button", { name: "先看看结果" }).click();
  await sheet.getByRole("button", { name: /通过 4,?988 条/ }).click({ timeout: 120_000 });
  await sheet.getByRole("heading", { name: /12 条/ }).waitFor({ timeout: 240_000 });
  const seconds = (performance.now() - began) / 1000;
  await sheet.locator("summary").first().click();
  const named = await Promise.all(Array.from({ length: 12 }, (_, n) => sheet.getByRole("link", { name: new RegExp(`批量讲座${String(n + 1)}(?!\\d)`) }).waitFor({ timeout: 20_000 }).then(() => 1, () => 0)));
  const count = named.reduce<number>((sum, each) => sum + each, 0);
  return [{ figure: "changed ones named of 5,000", value: count, unit: "", goal: "12 of 12", met: count === 12, note: `${seconds.toFixed(1)} s with the preview` }];
}
