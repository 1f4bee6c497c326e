import { defineConfig } from "@playwright/test";

// Stories with the real programs over TLS, in Debian's chromium. What fails fails: nothing is tried again.
export default defineConfig({
  testDir: "stories",
  testMatch: "*.story.ts",
  outputDir: "../build/stories",
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
    launchOptions: {
      executablePath: process.env["SITELOG_CHROMIUM"] ?? "/usr/bin/chromium",
      // As root, in a container, there is no namespace of its own to be had.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
