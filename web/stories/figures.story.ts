// A figure of the tables and the records that it leads to are the same, however the table was chosen.
import { EVENT } from "./world";
import { expect, test } from "./pages";

test("figures lead to as many records as they say: of a unit alone, of some days, of the accepted", async ({ review, page, world }) => {
  world.headquarters("units", "add", "grid-branch", "--name", "供电分公司工会", "--parent", "grid");
  world.join("grid", "grid");
  world.join("grid-branch", "grid-branch");
  const own = world.record("grid", ["2020-06-10", "2020-07-10", "2020-07-11"].map((date) => ({ ...EVENT, title: `供电讲座${date}`, date })));
  world.record("grid-branch", [{ ...EVENT, title: "分公司讲座", date: "2020-07-15" }, { ...EVENT, title: "分公司计划", date: "2020-08-15", status: "计划" }]);
  world.send("grid");
  world.send("grid-branch");
  world.headquarters("review", "accept", world.word(String(own[1])));
  await review.signIn("office");

  // Each figure of a row that counts records, and what it leads to.
  const follow = async (row: string | RegExp, figure: string): Promise<URL> => {
    const link = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: row }) }).getByRole("link", { name: figure, exact: true }).first();
    await link.click();
    await expect(page.getByText(`共 ${figure} 条`, { exact: true })).toBeVisible();
    const at = new URL(page.url());
    await page.goBack();
    return at;
  };
  await review.open("tables?table=statistics&unit=grid");
  const alone = await follow("国网河南省电力公司平顶山供电公司工会", "3");
  expect([alone.searchParams.get("unit"), alone.searchParams.get("alone")]).toEqual(["grid", "true"]);
  expect((await follow("供电分公司工会", "1")).searchParams.get("unit")).toBe("grid-branch");
  expect((await follow("总计", "4")).searchParams.get("alone")).toBeNull();

  await page.getByLabel("从").fill("2020-07-01");
  await page.getByLabel("到").fill("2020-07-31");
  await follow("国网河南省电力公司平顶山供电公司工会", "2");
  await follow("总计", "3");
  await page.getByLabel("计哪些").selectOption("accepted");
  const accepted = await follow("总计", "1");
  expect(["from", "to", "review"].map((name) => accepted.searchParams.get(name))).toEqual(["2020-07-01", "2020-07-31", "accepted"]);
  await review.scan();

  await page.getByRole("button", { name: "任务完成情况表" }).click();
  await follow(/供电公司工会/, "1");
  await review.scan();
});
