import { EVENT } from "./world";
import { expect, test } from "./pages";

test("all by keyboard: signing in, going through, returning, putting off, accepting", async ({ review, page, world }) => {
  world.join("keys", "shenma-mine-12");
  world.record("keys", ["一", "二", "三"].map((n) => ({ ...EVENT, title: `键盘讲座${n}` })));
  world.send("keys");
  await review.signIn("checker");
  await review.open("queue");
  const detail = page.getByRole("article");
  const own = page.getByRole("option").filter({ hasText: "键盘讲座" });
  await expect(own).toHaveCount(3);
  await own.first().click();
  await expect(detail.getByRole("heading", { name: "键盘讲座一" })).toBeVisible();

  await page.keyboard.press("j");
  await expect(detail.getByRole("heading", { name: "键盘讲座二" })).toBeVisible();
  await page.keyboard.press("k");
  await expect(detail.getByRole("heading", { name: "键盘讲座一" })).toBeVisible();

  // Without a word of why nothing is returned.
  await page.keyboard.press("r");
  await expect(page.getByLabel("给单位的意见")).toBeFocused();
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("写一句原因")).toBeVisible();
  await page.keyboard.type("请补签到表 a j k");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("已办理：键盘讲座一 退回")).toBeVisible();
  await expect(detail.getByRole("heading", { name: "键盘讲座二" })).toBeVisible();

  await page.keyboard.press("s");
  await expect(detail.getByRole("heading", { name: "键盘讲座三" })).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.getByText("已办理：键盘讲座三 通过")).toBeVisible();
  await expect(own).toHaveCount(1);

  // Ctrl-K finds by words.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("审计");
  await expect(page.getByText("没有找到")).toBeVisible(); // only who administers has that view
  await page.getByRole("combobox", { name: "查找" }).fill("十二矿");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/records\?unit=shenma-mine-12/);
});

test("in English too", async ({ world, browser }) => {
  world.join("english", "shenma-mine-12");
  world.record("english", [{ ...EVENT, title: "Safety talk" }]);
  world.send("english");
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(`${world.page}/review/`);
  await page.getByLabel("account").fill("checker");
  await page.getByLabel("password").fill("correct horse battery");
  await page.getByRole("button", { name: "sign in" }).click();
  await expect(page.getByRole("link", { name: "Desk" })).toBeVisible();
  await page.goto(`${world.page}/review/thousand-events/queue`);
  await page.getByRole("option").filter({ hasText: "Safety talk" }).click();
  const detail = page.getByRole("article");
  await expect(detail.getByText("Lectures", { exact: true })).toBeVisible();
  await detail.getByRole("button", { name: "Participants", exact: true }).click();
  await page.getByLabel("Participants", { exact: true }).fill("please check");
  await page.getByRole("button", { name: "return", exact: true }).click();
  await expect(page.getByText("done: Safety talk returned")).toBeVisible();
  await context.close();
});
