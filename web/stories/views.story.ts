// Every view, with something in it, as those who may see it: no fault that axe finds, nothing beyond the
// screen's edge: in Chinese on a desk's screen, in English on a telephone's.
import { EVENT } from "./world";
import { expect, ReviewPage, test } from "./pages";

const kViews = ["desk", "queue", "records", "tables", "conflicts", "units", "campaigns", "devices", "quarantine", "policies", "accounts", "audit", "health", "me", "new?unit=wusteel-rolling"];

for (const [locale, width] of [["zh-CN", 1440], ["en-GB", 360]] as const) {
  test(`every view is readable and in order, ${locale} at ${width}`, async ({ world, browser }) => {
    test.setTimeout(180_000);
    const who = `views-${locale}`;
    world.join(who, "wusteel-rolling");
    const [first] = world.record(who, [{ ...EVENT, title: "轧钢讲座" }, { ...EVENT, title: "轧钢电影", kind: "送电影" }]);
    world.send(who);
    // Two values at the same time: something in conflict.
    world.headquarters("edit", world.word(String(first)), "venue=会议室");
    world.site(who, "edit", String(first), "venue=食堂");
    world.site(who, "sync");

    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale, viewport: { width, height: 800 } });
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(`thrown: ${error.message}`));
    page.on("console", (line) => ["error", "warning"].includes(line.type()) && errors.push(line.text()));
    const review = new ReviewPage(page, world);
    await review.signIn("admin");
    for (const view of [...kViews, `records/wusteel-rolling/event/${String(first)}`]) {
      await review.open(view);
      await page.waitForLoadState("load");
      await review.scan(view);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(beyond, view).toBeLessThanOrEqual(0);
    }
    expect(errors).toEqual([]);
    await context.close();
  });
}
