import { readFile } from "node:fs/promises";
import { EVENT } from "./world";
import { expect, ReviewPage, test } from "./pages";

test("a checker sees its own units alone, returns by field; the site corrects offline; checker and office accept", async ({ review, page, world, browser, expected }) => {
  expected.errors.push(/Failed to load resource|ERR_/);
  world.join("mine", "shenma-mine-8");
  world.join("elsewhere", "site-east-1");
  const [talk] = world.record("mine", [{ ...EVENT, title: "瓦斯防治讲座", participants: 860 }]);
  world.record("elsewhere", [{ ...EVENT, title: "工地讲座" }]);
  world.send("mine");
  world.send("elsewhere");

  // The office has the table open all the while.
  const other = await browser.newContext({ ignoreHTTPSErrors: true, locale: "zh-CN" });
  const office = await other.newPage();
  const table = new ReviewPage(office, world);
  await table.signIn("office");
  await table.open("tables?table=statistics&unit=shenma-mine-8");
  const row = office.getByRole("row").filter({ has: office.getByRole("rowheader", { name: "总计" }) });
  await expect(row.getByRole("link", { name: "860" }).first()).toBeVisible();

  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "瓦斯防治讲座" }).click();
  const detail = page.getByRole("article");
  await expect(detail.getByRole("heading", { name: "瓦斯防治讲座" })).toBeVisible();
  await expect(page.getByText("工地讲座")).toHaveCount(0);
  await review.scan();

  await detail.getByRole("button", { name: "参加人数", exact: true }).click();
  await page.getByLabel("参加人数", { exact: true }).fill("一场讲座 860 人？请核对");
  await review.scan();
  await page.getByRole("button", { name: "退回", exact: true }).click();
  await expect(page.getByText("已办理：瓦斯防治讲座 退回")).toBeVisible();
  await expect(page.getByRole("option").filter({ hasText: "瓦斯防治讲座" })).toHaveCount(0);

  world.site("mine", "sync");
  expect(world.site("mine", "show", String(talk))).toContain("一场讲座 860 人？请核对");
  await world.stop();
  await expect(page.getByText("没有连上总部", { exact: false }).first()).toBeVisible();
  world.site("mine", "edit", String(talk), "participants=86");
  world.site("mine", "send", "--all");
  await world.serve();
  world.site("mine", "sync");

  // The page comes back by itself, and shows what is new since the checker's own decision.
  await page.getByRole("option").filter({ hasText: "瓦斯防治讲座" }).click({ timeout: 30_000 });
  await expect(detail.getByText("改了 1 处", { exact: false })).toBeVisible({ timeout: 30_000 });
  await expect(detail.locator("s")).toHaveText("860");
  await expect(detail.getByText("上次退回时：一场讲座 860 人？请核对")).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.getByText("已办理：瓦斯防治讲座 通过")).toBeVisible();

  await expect(row.getByRole("link", { name: "86", exact: true }).first()).toBeVisible({ timeout: 30_000 });
  await expect(row.getByRole("link", { name: "860" })).toHaveCount(0);
  const [file] = await Promise.all([office.waitForEvent("download"), office.getByRole("link", { name: "下载 Excel" }).click()]);
  expect(file.suggestedFilename()).toMatch(/\.xlsx$/);
  expect((await readFile(await file.path())).subarray(0, 4).toString("latin1")).toBe("PK\x03\x04");
  await table.open("queue");
  await office.getByRole("option").filter({ hasText: "瓦斯防治讲座" }).click();
  await expect(office.getByRole("article").getByRole("heading", { name: "瓦斯防治讲座" })).toBeVisible();
  await office.keyboard.press("a");
  await expect(office.getByText("已办理：瓦斯防治讲座 通过")).toBeVisible();
  await other.close();
  expect((world.shown(String(talk))["review"] as { state: string }).state).toBe("accepted");
  world.site("mine", "sync");
  expect(world.site("mine", "list", "--review", "accepted")).toContain("瓦斯防治讲座");
});
