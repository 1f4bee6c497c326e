// A campaign is written, checked and published without leaving the page.
import { expect, test } from "./pages";

test("from the example to a published campaign, and on to its next version", async ({ review, page, expected }) => {
  expected.errors.push(/status of 422/);
  await review.signIn("admin");
  await review.open("campaigns?write");
  const text = page.getByRole("textbox", { name: "活动方案文件的内容（TOML）" });
  await page.getByRole("button", { name: "带说明的例子" }).click();
  await expect(text).toHaveValue(/id = "safety-2027"/);
  await expect(page.getByLabel("隐患数")).toBeVisible();
  await expect(page.getByText("审核人 → 安监处")).toBeVisible();
  await review.scan();

  // What is wrong is told at its line.
  await text.fill((await text.inputValue()).replace('type = "date"', 'type = "day"'));
  await page.getByRole("button", { name: "检查", exact: true }).click();
  await expect(page.getByRole("alert").getByText(/第 \d+ 行/).first()).toBeVisible();
  await text.fill((await text.inputValue()).replace('type = "day"', 'type = "date"'));
  await page.getByRole("button", { name: /^发布/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^发布/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "关闭" }).click();
  await expect(page.getByRole("heading", { name: /2027年安全检查 · 第 1 版/ })).toBeVisible();

  await review.open("campaigns?write");
  await page.getByRole("button", { name: /2027年安全检查的新版本/ }).click();
  await expect(text).toHaveValue(/version = 2 /);
  await text.fill((await text.inputValue()).replace('zh = "隐患数"', 'zh = "隐患个数"'));
  await page.getByRole("button", { name: /^发布/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^发布/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "关闭" }).click();
  await expect(page.getByRole("heading", { name: /2027年安全检查 · 第 2 版/ })).toBeVisible();
  await expect(page.getByLabel("隐患个数")).toBeVisible();
});
