// A word from headquarters reaches the site, and the site's answer the page that is open: no verdict, and none gets past it.
import { expect, test } from "./pages";
import { EVENT } from "./world";

test("the office asks in a comment; the site answers; the answer appears without a reload and is read before a verdict", async ({ review, page, world }) => {
  world.join("asked", "shenma-mine-12");
  const [talk] = world.record("asked", [{ ...EVENT, title: "通风讲座" }]);
  world.send("asked");

  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "通风讲座" }).click();
  await expect(page.getByRole("article").getByRole("heading", { name: "通风讲座" })).toBeVisible();
  const thread = page.getByRole("region", { name: "留言" });
  const box = thread.getByRole("textbox");
  // Letters that are verdicts elsewhere, on two lines; a reload keeps them.
  await box.fill("照片在哪里？");
  await box.press("Enter");
  await box.pressSequentially("xar");
  await page.reload();
  await page.getByRole("option").filter({ hasText: "通风讲座" }).click();
  await expect(box).toHaveValue("照片在哪里？\nxar");
  await expect(page.getByRole("button", { name: "退回", exact: true })).toHaveCount(0);
  await box.press("Control+Enter");
  await expect(thread.getByRole("listitem").filter({ hasText: "照片在哪里？" })).toContainText("checker");
  await expect(box).toHaveValue("");
  // One's own word is seen: nothing is to be looked at again.
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "通过" })).toBeVisible();
  await review.scan();

  expect(world.site("asked", "sync")).toContain("照片在哪里？");
  world.site("asked", "comment", String(talk), "第二个柜子里");
  world.site("asked", "sync");
  await expect(thread.getByRole("listitem").filter({ hasText: "第二个柜子里" })).toContainText("现场", { timeout: 30_000 });
  await expect(page.getByRole("option").filter({ hasText: "通风讲座" })).toContainText("最后一条是单位的");
  await expect(page.getByRole("alert")).toContainText("刚刚来了新的留言");
  await page.getByRole("button", { name: "看现在的样子" }).click();
  await page.locator("body").click({ position: { x: 2, y: 2 } });
  await page.keyboard.press("a");
  await expect(page.getByText("已办理：通风讲座 通过")).toBeVisible();
});
