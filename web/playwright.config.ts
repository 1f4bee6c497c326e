import { defineConfig } from "@playwright/test";
import { oldest, oldestArgs } from "./stories/oldest";

// As root, in a container, there is no namespace of its own to be had.
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

// Stories with the real programs over TLS. What fails fails: nothing is tried again.
export default defineConfig({
  testDir: "stories",
  testMatch: "*.story.ts",
  outputDir: "../build/stories",
  globalSetup: "./stories/oldest.ts",
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env["CI"],
  timeout: 90_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  use: {
    ignoreHTTPSErrors: true,
    locale: "zh-CN",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "chromium", use: { launchOptions: { executablePath: process.env["SITELOG_CHROMIUM"] ?? "/usr/bin/chromium", args } } },
    // There is none for other processors: its story is then told as one that could not be begun.
    { name: "chrome-109", testMatch: "review.story.ts", use: { launchOptions: { executablePath: oldest, args: oldestArgs } } },
  ],
});
