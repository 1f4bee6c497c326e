// What is decided is what was seen; what was typed is not lost.
import { EVENT, PASSWORD } from "./world";
import { expect, ReviewPage, test } from "./pages";

test("a record that changes under one's eyes says so, and nothing is decided on what was not seen", async ({ review, page, world }) => {
  world.join("eyes", "shenma-mine-12");
  const [talk] = world.record("eyes", [{ ...EVENT, title: "正在看的讲座", participants: 40 }]);
  world.send("eyes");
  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "正在看的讲座" }).click();
  const detail = page.getByRole("article");
  await expect(detail.getByRole("heading", { name: "正在看的讲座" })).toBeVisible();

  world.site("eyes", "edit", String(talk), "participants=90000");
  world.send("eyes");
  await expect(page.getByText("这条记录刚刚有改动")).toBeVisible();
  await page.keyboard.press("a");
  expect((world.shown(String(talk))["review"] as { state: string }).state).toBe("pending");
  await review.scan();
  await page.getByRole("button", { name: "看现在的样子" }).click();
  await expect(detail.locator(".value", { hasText: "90,000" })).toBeVisible();
  await page.keyboard.press("x");
  await page.keyboard.type("人数不实");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByText("已办理：正在看的讲座 不予认定")).toBeVisible();
  expect((world.shown(String(talk))["review"] as { state: string }).state).toBe("refused");
});

test("what is typed outlives the daemon's end, its return, and a reload of the page", async ({ review, page, world, expected }) => {
  expected.errors.push(/Failed to load resource|ERR_/);
  world.join("typed", "shenma-mine-12");
  world.record("typed", [{ ...EVENT, title: "写到一半的讲座" }]);
  world.send("typed");
  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "写到一半的讲座" }).click();
  await expect(page.getByRole("article").getByRole("heading", { name: "写到一半的讲座" })).toBeVisible();
  await page.keyboard.press("r");
  await page.keyboard.type("请附上签到表");
  await world.stop();
  await expect(page.getByText("没有连上总部", { exact: false }).first()).toBeVisible();
  await page.keyboard.type("和照片");
  await world.serve();
  // It goes on by itself, and whoever was signed in still is.
  await expect(page.getByText("没有连上总部", { exact: false })).toHaveCount(0, { timeout: 30_000 });
  await expect(page.getByLabel("给单位的意见")).toHaveValue("请附上签到表和照片");
  await page.reload();
  await page.getByRole("option").filter({ hasText: "写到一半的讲座" }).click();
  await expect(page.getByLabel("给单位的意见")).toHaveValue("请附上签到表和照片");
  await page.getByLabel("给单位的意见").press("Control+Enter");
  await expect(page.getByText("已办理：写到一半的讲座 退回")).toBeVisible();
});

test("hostile text stays text", async ({ review, page, world }) => {
  const hostile = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>{{ 7 * 7 }} \${7*7} "'><svg/onload=alert(1)>`;
  world.join("hostile", "shenma-mine-12");
  const [record] = world.record("hostile", [
    { ...EVENT, title: hostile, venue: hostile, participants: 3, summary: `${hostile}\n${"长".repeat(3000)}${"w".repeat(2000)}`, team: hostile },
  ]);
  world.send("hostile");
  page.on("dialog", () => expect(false).toBe(true));
  await review.signIn("checker");
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const view of ["queue", `records/shenma-mine-12/event/${String(record)}`, "records", "desk", "tables", "conflicts"]) {
      await review.open(view);
      if (view.startsWith("records/")) await expect(page.getByRole("article")).toContainText("<script>document.title");
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(beyond, `${view} at ${width}`).toBeLessThanOrEqual(0);
      expect(await page.title()).not.toContain("broken");
    }
  }
});

test("one's own verdict is taken back as long as nobody built on it", async ({ review, page, world, expected }) => {
  expected.errors.push(/Failed to load resource.*4(09|12|22)/);
  world.join("undone", "shenma-mine-12");
  const [talk] = world.record("undone", [{ ...EVENT, title: "点错了的讲座" }]);
  world.send("undone");
  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "点错了的讲座" }).click();
  const detail = page.getByRole("article");
  await expect(detail.getByRole("heading", { name: "点错了的讲座" })).toBeVisible();
  await page.keyboard.press("a");
  await expect(page.getByText("已办理：点错了的讲座 通过")).toBeVisible();
  await page.keyboard.press("u");
  await expect(page.getByText("已收回：点错了的讲座")).toBeVisible();
  await expect(detail.getByRole("heading", { name: "点错了的讲座" })).toBeVisible();
  expect((world.shown(String(talk))["review"] as { waiting: { role: string } }).waiting.role).toBe("checker");

  // It can be taken back also after something else was looked at.
  await page.keyboard.press("a");
  await expect(page.getByText("已办理：点错了的讲座 通过")).toBeVisible();
  await page.getByRole("link", { name: "工作台" }).click();
  await expect(page.getByRole("heading", { name: "工作台" })).toBeAttached();
  await page.getByRole("link", { name: /^待审/ }).click();
  await page.keyboard.press("u");
  await expect(page.getByText("已收回：点错了的讲座")).toBeVisible();
  await expect(detail.getByRole("heading", { name: "点错了的讲座" })).toBeVisible();

  // The office spoke on it meanwhile: it stays, and the page says why.
  await page.keyboard.press("a");
  await expect(page.getByText("已办理：点错了的讲座 通过")).toBeVisible();
  world.headquarters("review", "accept", world.word(String(talk)));
  await page.keyboard.press("u");
  await expect(page.getByText("没有收回，仍是通过：点错了的讲座")).toBeVisible();
  await review.scan();
});

test("two who have one record open see each other", async ({ review, page, world, browser }) => {
  world.join("two", "shenma-mine-12");
  const [talk] = world.record("two", [{ ...EVENT, title: "两人同看的讲座" }]);
  world.send("two");
  await review.signIn("checker");
  await review.open(`records/shenma-mine-12/event/${String(talk)}`);
  const other = await browser.newContext({ ignoreHTTPSErrors: true, locale: "zh-CN" });
  const office = new ReviewPage(await other.newPage(), world);
  await office.signIn("office");
  await office.open(`records/shenma-mine-12/event/${String(talk)}`);
  await expect(office.page.getByText("checker 也在看这条记录")).toBeVisible();
  await expect(page.getByText("office 也在看这条记录")).toBeVisible();
  await office.open("desk");
  await expect(page.getByText("office 也在看这条记录")).toHaveCount(0);
  await other.close();
});

test("who signs in in another tab takes no verdict of this one's, and sees nothing of it", async ({ review, page, world, expected }) => {
  // The stream of the session that ended is cut, if the page has not let go of it before.
  expected.errors.push(/status of 401|ERR_INCOMPLETE_CHUNKED_ENCODING/);
  world.join("tabs", "shenma-mine-12");
  const [talk] = world.record("tabs", [{ ...EVENT, title: "两个标签页的讲座" }]);
  world.send("tabs");
  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "两个标签页的讲座" }).click();
  await expect(page.getByRole("article").getByRole("heading", { name: "两个标签页的讲座" })).toBeVisible();
  await page.keyboard.press("r");
  await page.keyboard.type("写给单位的话");

  const other = await page.context().newPage();
  await other.goto(`${world.page}/setup`);
  await other.getByLabel("账户").fill("office");
  await other.getByLabel("密码", { exact: true }).fill(PASSWORD);
  await other.keyboard.press("Enter");
  await other.getByRole("link", { name: "进入总部的页面" }).click();
  await expect(other.getByRole("navigation")).toBeVisible();

  // The checker's tab is shut, whatever is pressed in it.
  const again = page.getByRole("dialog").filter({ hasText: "请重新登录" });
  await expect(again).toBeVisible();
  await review.scan();
  await page.keyboard.press("Escape");
  await expect(again).toBeVisible();
  expect((world.shown(String(talk))["review"] as { state: string }).state).toBe("pending");
  // Another account sees nothing that was written here; the same one goes on.
  await again.getByLabel("账户").fill("office");
  await again.getByLabel("密码").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await expect(again).toHaveCount(0);
  await expect(page.getByText("写给单位的话")).toHaveCount(0);
  await page.getByText("office ▾").click();
  await page.getByRole("button", { name: "退出登录" }).click();
  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "两个标签页的讲座" }).click();
  await expect(page.getByLabel("给单位的意见")).toHaveValue("写给单位的话");
  await other.close();
});

test("a key held down decides once, and letters of a remark are no verdicts when its record goes", async ({ review, page, world }) => {
  world.join("held", "shenma-mine-12");
  const records = world.record("held", Array.from({ length: 4 }, (_, n) => ({ ...EVENT, title: `按住的讲座${String(n + 1)}` })));
  world.send("held");
  await review.signIn("checker");
  await review.open("queue");
  await page.getByRole("option").filter({ hasText: "按住的讲座1" }).click();
  await expect(page.getByRole("article").getByRole("heading", { name: "按住的讲座1" })).toBeVisible();
  for (let n = 0; n < 10; ++n) await page.keyboard.down("a");
  await page.keyboard.up("a");
  await expect(page.getByText("已办理：按住的讲座1 通过")).toBeVisible();

  // Somebody else decides what is being written about.
  await page.getByRole("option").filter({ hasText: "按住的讲座3" }).click();
  await expect(page.getByRole("article").getByRole("heading", { name: "按住的讲座3" })).toBeVisible();
  await page.keyboard.press("r");
  await page.keyboard.type("请补");
  world.headquarters("review", "refuse", world.word(String(records[2])), "--remark", "重复");
  await expect(page.getByText("这条记录", { exact: false }).first()).toBeVisible();
  for (const letter of "axaxax") await page.keyboard.press(letter);
  await expect(page.getByText("写的意见还在", { exact: false })).toBeVisible();
  const waits = records.map((record) => (world.shown(record)["review"] as { state: string; waiting?: { role: string } })).map((each) => each.waiting?.role ?? each.state);
  expect(waits).toEqual(["office", "checker", "refused", "checker"]);
});
