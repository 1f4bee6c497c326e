// A browser in which somebody is signed in, and what can be measured in it.
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page as Tab } from "@playwright/test";
import { PASSWORD, type World } from "../stories/world.ts";

export const kChromium = process.env["SITELOG_CHROMIUM"] ?? "/usr/bin/chromium";
export const kArgs = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

let browser: Browser | undefined;

export class Page {
  readonly tab: Tab;
  readonly context: BrowserContext;
  private readonly address: string;

  private constructor(tab: Tab, context: BrowserContext, address: string) {
    this.tab = tab;
    this.context = context;
    this.address = address;
  }

  static async signIn(world: World, account: string, viewport = { width: 1440, height: 900 }): Promise<Page> {
    browser ??= await chromium.launch({ executablePath: kChromium, args: kArgs });
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "zh-CN", viewport });
    const tab = await context.newPage();
    await signInAt(tab, world, account);
    return new Page(tab, context, world.page);
  }

  async open(view: string): Promise<void> {
    await this.tab.goto(`${this.address}/review/thousand-events/${view}`);
    await this.tab.locator("main h1, main h2").first().waitFor();
  }

  // A tab of the same person's in which nothing was loaded before, on a slow computer and line.
  async slow(): Promise<{ tab: Tab; session: CDPSession }> {
    const context = await this.context.browser()?.newContext({ ignoreHTTPSErrors: true, locale: "zh-CN", viewport: { width: 1366, height: 768 }, storageState: await this.context.storageState() });
    if (!context) throw new Error("the browser has gone");
    const tab = await context.newPage();
    const session = await context.newCDPSession(tab);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 });
    await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    return { tab, session };
  }

  static async closeAll(): Promise<void> {
    await browser?.close();
  }
}

export async function signInAt(tab: Tab, world: World, account: string): Promise<void> {
  await tab.goto(`${world.page}/review/`);
  await tab.getByLabel("账户").fill(account);
  await tab.getByLabel(/^密码/).fill(PASSWORD);
  await tab.keyboard.press("Enter");
  await tab.getByRole("navigation").waitFor();
}

export function quantile(values: number[], part: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
