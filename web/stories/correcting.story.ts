// The office puts a record right on its page: what is typed is not lost, is judged by the door, and is sent on.
import { EVENT } from "./world";
import { expect, test } from "./pages";

test("the office corrects a record that changes meanwhile, after a reload too, takes it back, corrects it again and sends it", async ({ review, page, world, expected }) => {
  expected.errors.push(/status of 4(12|22)/);
  world.join("corrected", "yaomeng");
  const [talk] = world.record("corrected", [{ ...EVENT, title: "锅炉讲座", participants: 3500 }]);
  world.send("corrected");
  await review.signIn("office");
  await review.open(`records/yaomeng/event/${String(talk)}`);
  const form = page.getByRole("region", { name: "更正" });
  const people = form.getByLabel("参加人数", { exact: true });
  const day = form.getByLabel("活动日期", { exact: true });

  // Why it is so many is said where it stands.
  const detail = page.getByRole("article");
  await detail.getByLabel("说明（参加人数）").fill("三场连讲");
  await detail.getByRole("button", { name: "保存说明" }).click();
  await expect(page.getByText("✓ 说明已保存")).toBeVisible();
  await expect(detail.getByText("说明：三场连讲")).toBeVisible();

  await page.getByRole("button", { name: "更正", exact: true }).click();
  await people.fill("很多");
  await expect(form.getByText("请填一个整数")).toHaveCount(0);
  await people.press("Enter");
  await expect(form.getByText("请填一个整数")).toBeVisible();
  await people.fill("３６０");
  await day.fill("7月41日");
  await day.press("Control+Enter");
  await expect(form.getByText("“7月41日”不是日历上的日期", { exact: false })).toBeVisible();
  await expect(day).toBeFocused();
  for (const width of [360, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    await review.scan(`at ${String(width)}`);
  }
  await day.fill("7月3日");
  await page.reload();
  await expect(day).toHaveValue("7月3日");
  await expect(people).toHaveValue("３６０");

  // Somebody else was at it too: nothing is saved over what was not seen.
  world.headquarters("edit", world.word(String(talk)), "venue=礼堂", "participants=350");
  await form.getByRole("button", { name: /^保存更正/ }).click();
  await expect(page.getByRole("alert").filter({ hasText: "您填的还在" })).toContainText("礼堂");
  await page.getByRole("alert").filter({ hasText: "您填的还在" }).getByRole("button", { name: "看现在的样子" }).click();
  await expect(form.getByLabel("活动地点", { exact: true })).toHaveValue("礼堂");
  await expect(form.getByText("您开始填写时这里是“3500”", { exact: false })).toBeVisible();
  await form.getByRole("button", { name: "保存更正（2 处）" }).click();
  await expect(page.getByText("✓ 已更正")).toBeVisible();
  await expect(page.getByText("改动在再次送审后才计入")).toBeVisible();
  await expect(page.getByText("sitelog send")).toHaveCount(0);
  await expect(form).toHaveCount(0);
  // One's own is seen.
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(world.shown(String(talk))["fields"]).toMatchObject({ participants: 360, date: "2020-07-03", venue: "礼堂" });

  // Taken back from the history, and made again.
  await page.getByText(/^全部历史/).click();
  await page.getByRole("button", { name: /^撤回这次改动：.*360/ }).click();
  await expect.poll(() => world.shown(String(talk))["fields"]).toMatchObject({ participants: 350, date: "2020-07-01" });
  await page.getByRole("button", { name: "更正", exact: true }).click();
  await people.fill("360");
  await people.press("Control+Enter");
  await expect(page.getByText("改动在再次送审后才计入")).toBeVisible();
  await page.getByRole("button", { name: "送审", exact: true }).click();
  await expect(page.getByText("✓ 已送审")).toBeVisible();
  await expect(page.getByRole("button", { name: "送审", exact: true })).toHaveCount(0);
  const now = world.shown(String(talk))["review"] as { changed_since?: boolean; waiting: { role: string } };
  expect([now.changed_since, now.waiting.role]).toEqual([undefined, "office"]);
  await review.scan();
});

test("a record is declared void with a reason, and restored", async ({ review, page, world }) => {
  world.join("voided", "yaomeng");
  const [talk] = world.record("voided", [{ ...EVENT, title: "记重了的讲座" }]);
  world.send("voided");
  await review.signIn("office");
  // From the queue to the record's page, its form open.
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "记重了的讲座" }).click();
  await expect(page.getByRole("article").getByRole("heading", { name: "记重了的讲座" })).toBeVisible();
  await page.getByRole("link", { name: "更正…" }).click();
  await expect(page.getByRole("region", { name: "更正" }).getByLabel("活动名称")).toHaveValue("记重了的讲座");
  await page.getByRole("button", { name: "作废…" }).click();
  const sheet = page.getByRole("dialog", { name: /^作废：记重了的讲座/ });
  await expect(sheet.getByRole("button", { name: "作废" })).toBeDisabled();
  await sheet.getByLabel("为什么作废").fill("和上一条是同一场");
  await review.scan();
  await sheet.getByRole("button", { name: "作废" }).click();
  await expect(page.getByText("✓ 已作废")).toBeVisible();
  await expect(page.getByText("已作废：和上一条是同一场")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  expect(world.shown(String(talk))["void"]).toBe("和上一条是同一场");
  await page.getByRole("button", { name: "恢复" }).click();
  await expect(page.getByText("✓ 已恢复")).toBeVisible();
  await expect(page.getByRole("button", { name: "作废…" })).toBeVisible();
  expect(world.shown(String(talk))["void"]).toBeUndefined();
  await review.scan();
});

test("a conflict that is decided is taken back, decided again, and sent from where it was decided", async ({ review, page, world }) => {
  world.join("decided", "yaomeng");
  const [talk] = world.record("decided", [{ ...EVENT, title: "两个地点的讲座" }]);
  world.send("decided");
  world.headquarters("edit", world.word(String(talk)), "venue=会议室");
  world.site("decided", "edit", String(talk), "venue=食堂");
  world.site("decided", "sync");
  await review.signIn("office");
  await review.open("conflicts?unit=yaomeng");
  const card = page.getByRole("article", { name: /两个地点的讲座/ });
  await card.getByRole("button", { name: "采用这个值" }).first().click();
  const told = page.locator(".outcomes > li");
  await expect(told).toContainText("已裁定");
  await expect(told).not.toContainText("sitelog send");
  await told.getByRole("button", { name: "撤回裁定" }).click();
  await expect(told).toContainText("已撤回裁定");
  await expect(card).toHaveCount(0);

  // What is taken back leaves no conflict: another one.
  world.headquarters("edit", world.word(String(talk)), "team=宣讲团");
  world.site("decided", "edit", String(talk), "team=讲师团");
  world.site("decided", "sync");
  await card.getByRole("button", { name: "采用这个值" }).first().click();
  const second = told.filter({ hasText: "文艺团队" });
  await expect(second).toContainText("送审后才计入");
  await review.scan();
  await second.getByRole("button", { name: "送审" }).click();
  await expect(second).toContainText("✓ 已送审");
  const now = world.shown(String(talk))["review"] as { changed_since?: boolean; waiting: { role: string } };
  expect([now.changed_since, now.waiting.role]).toEqual([undefined, "office"]);
  await review.scan();
});

test("headquarters records one itself; the same is told, and recorded again where it happened twice", async ({ review, page, world, expected }) => {
  expected.errors.push(/status of 422/);
  await review.signIn("office");
  await review.open("records");
  await page.getByRole("link", { name: "记一条" }).click();
  const fill = async (): Promise<void> => {
    await page.getByLabel("活动类型").selectOption({ label: "送电影" });
    await page.getByLabel("活动名称").fill("热电放映");
    await page.getByLabel("活动日期", { exact: true }).fill("7月1日");
    await page.getByLabel("状态").selectOption({ label: "已举办" });
    await page.getByLabel("参加人数", { exact: true }).fill("９０００");
    await page.getByRole("button", { name: "保存" }).click();
  };
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "请改正标出的 4 处" })).toBeVisible();
  await expect(page.getByLabel("活动类型")).toBeFocused();
  await fill();
  await expect(page.getByText("请选一个单位")).toBeVisible();
  await page.getByLabel("为哪个单位登记").fill("热电有限");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "保存" }).click();
  await expect(page.getByText("✓ 已登记")).toBeVisible();
  await expect(page.getByRole("heading", { name: "热电放映" })).toBeVisible();
  await expect(page.getByText("9000 异常偏多", { exact: false })).toBeVisible();
  await review.scan();

  await review.open("new?unit=thermal");
  await fill();
  await expect(page.getByRole("link", { name: "看已登记的那条" })).toHaveAttribute("href", /records\/thermal\/event\/[0-9a-f]{32}/);
  await review.scan();
  await page.getByRole("button", { name: "确实办了两次，再记一条" }).click();
  await expect(page.getByText("✓ 已登记")).toBeVisible();
  expect(world.headquarters("records", "list", "--unit", "thermal", "--json").match(/热电放映/g)).toHaveLength(2);
});
