// Many decided at once are those that were selected, as they were: what has changed since is named.
import { EVENT } from "./world";
import { expect, test } from "./pages";

test("of many that are accepted together those that changed meanwhile are left out, by name", async ({ review, page, world }) => {
  world.join("many", "shenma-mine-12");
  const records = world.record("many", Array.from({ length: 30 }, (_, n) => ({ ...EVENT, title: `批量讲座${n + 1}` })));
  world.send("many");
  await review.signIn("checker");
  await review.open("records?unit=shenma-mine-12&review=pending&text=批量讲座");
  await page.getByRole("button", { name: /选定全部 30 条/ }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByText("30", { exact: false }).first()).toBeVisible();
  for (const [n, record] of records.slice(0, 3).entries()) world.site("many", "edit", record, `participants=${900 + n}`);
  world.send("many");
  await review.scan();
  await sheet.getByRole("radio", { name: "通过" }).check();
  await sheet.getByRole("button", { name: "先看看结果" }).click();
  await expect(sheet.getByText("27 条会通过")).toBeVisible();
  await sheet.getByRole("button", { name: "通过 27 条" }).click();
  await expect(sheet.getByRole("heading", { name: /3 条/ })).toBeVisible({ timeout: 30_000 });
  await sheet.locator("summary").first().click();
  for (const n of [1, 2, 3]) await expect(sheet.getByRole("link", { name: new RegExp(`批量讲座${n}(?!\\d)`) })).toBeVisible();
  await review.scan();
  const states = records.map((record) => (world.shown(record)["review"] as { waiting?: { role: string } }).waiting?.role);
  expect(states.filter((role) => role === "checker")).toHaveLength(3);
  expect(states.filter((role) => role === "office")).toHaveLength(27);
});
