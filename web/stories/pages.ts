// The page as a person uses it, and what every story of it watches: no error on its console, no fault
// that axe finds, nothing that the content security policy refused.
import { expect, test as base, type Page } from "@playwright/test";
import { createRequire } from "node:module";
import { PASSWORD, World } from "./world";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const CAMPAIGN = "thousand-events";

export class ReviewPage {
  constructor(
    readonly page: Page,
    private readonly world: World,
  ) {}

  async signIn(account: string): Promise<void> {
    await this.page.goto(`${this.world.page}/review/`);
    await this.page.getByLabel(/账户|account/).fill(account);
    await this.page.getByLabel(/^(密码|password)/).fill(PASSWORD);
    await this.page.keyboard.press("Enter");
    await expect(this.page.getByRole("navigation")).toBeVisible();
  }

  async open(view: string): Promise<void> {
    await this.page.goto(`${this.world.page}/review/${CAMPAIGN}/${view}`);
    await expect(this.page.locator("main h1, main h2").first()).toBeVisible();
  }

  // By the rules of WCAG 2.2 AA.
  async scan(where = ""): Promise<void> {
    // Scripts of others are refused by the policy of the page: this one is handed in by the browser.
    await this.page.evaluate(await readAxe());
    const found = await this.page.evaluate(async () => {
      interface Violation { id: string; nodes: { html: string; failureSummary: string }[] }
      const scanner = (window as unknown as { axe: { run(on: Document, how: object): Promise<{ violations: Violation[] }> } }).axe;
      const { violations } = await scanner.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] });
      return violations.flatMap((each) => each.nodes.map((node) => `${each.id}: ${node.html} ${node.failureSummary}`));
    });
    expect(found, where).toEqual([]);
  }
}

async function readAxe(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return readFile(axe, "utf8");
}

interface Fixtures {
  review: ReviewPage;
  // What a story expects on the console: refusals that it provokes.
  expected: { errors: RegExp[] };
}

export const test = base.extend<Fixtures, { world: World }>({
  world: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const world = await World.begin();
      await use(world);
      await world.end();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  // eslint-disable-next-line no-empty-pattern
  expected: async ({}, use) => use({ errors: [] }),
  review: async ({ page, world, expected }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(`thrown: ${error.message}`));
    page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") errors.push(line.text());
    });
    await use(new ReviewPage(page, world));
    expect(errors.filter((error) => !expected.errors.some((each) => each.test(error)))).toEqual([]);
  },
});

export { expect };
