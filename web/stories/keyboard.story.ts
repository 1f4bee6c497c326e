import { EVENT } from "./world";
import { expect, ReviewPage, test } from "./pages";

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

// A window of 1440 by 900 pixels, seen twice as large, holds half as many.
const kTwiceAsLarge = { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 };

test("in English, by keyboard, at 200 %: returned by field, corrected at the site, passed, accepted", async ({ world, browser }) => {
  world.join("english", "shenma-mine-12");
  const [talk] = world.record("english", [{ ...EVENT, title: "Safety talk", participants: 400 }]);
  world.send("english");
  const begin = async (account: string): Promise<ReviewPage> => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", ...kTwiceAsLarge });
    const review = new ReviewPage(await context.newPage(), world);
    await review.signIn(account);
    await review.open("queue");
    return review;
  };
  // The list is behind a button at this size: what waits is gone through.
  const goTo = async ({ page }: ReviewPage, title: string): Promise<void> => {
    const heading = page.getByRole("article").getByRole("heading", { level: 2 });
    await expect(page.locator("[role=option]").filter({ hasText: title })).toHaveCount(1, { timeout: 30_000 });
    await expect(heading).toBeVisible();
    for (let n = 0; n < 30 && (await heading.textContent()) !== title; ++n) {
      const before = await heading.textContent();
      await page.keyboard.press("j");
      await expect(heading).not.toHaveText(before ?? "");
    }
    await expect(heading).toHaveText(title);
  };

  const checker = await begin("checker");
  const { page } = checker;
  await goTo(checker, "Safety talk");
  await expect(page.getByRole("article").getByText("Lectures", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Participants", exact: true }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Participants", { exact: true })).toBeFocused();
  await page.keyboard.type("400 at one talk?");
  await checker.scan("returning at 200 %");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("done: Safety talk returned")).toBeVisible();

  world.site("english", "sync");
  expect(world.site("english", "show", String(talk))).toContain("400 at one talk?");
  world.site("english", "edit", String(talk), "participants=40");
  world.send("english");
  await page.keyboard.press("Tab");
  await goTo(checker, "Safety talk");
  await expect(page.getByRole("article").locator("s")).toHaveText("400");
  await page.keyboard.press("a");
  await expect(page.getByText("done: Safety talk accepted")).toBeVisible();
  await page.context().close();

  const office = await begin("office");
  await goTo(office, "Safety talk");
  await office.page.keyboard.press("a");
  await expect(office.page.getByText("done: Safety talk accepted")).toBeVisible();
  await office.page.context().close();
  expect((world.shown(String(talk))["review"] as { state: string }).state).toBe("accepted");
});
