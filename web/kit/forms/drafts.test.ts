import { nextTick, ref } from "vue";
import { expect, it, vi } from "vitest";
import { tab } from "../kept";
import type { Texts } from "./entry";

const entered = vi.hoisted(() => ({ tell: undefined as unknown as (account: string) => void }));
vi.mock("../server/session", () => ({ whenEntered: (listener: (account: string) => void) => (entered.tell = listener) }));
const { useEntryDraft } = await import("./drafts");

it("keeps what differs by record and account; what was saved or is typed back goes", async () => {
  entered.tell("office");
  const { typed, type, drop } = useEntryDraft("a/event/1", { title: "旧" });
  type("title", "新");
  type("venue", "礼堂");
  await nextTick();
  expect(tab.get("sitelog.entries.office")).toContain("礼堂");
  entered.tell("admin");
  expect(typed.value).toEqual({});
  entered.tell("office");
  expect({ ...typed.value }).toEqual({ title: "新", venue: "礼堂" });
  drop(["venue"]);
  type("title", "旧");
  expect(Object.keys(typed.value)).toEqual([]);
});

it("says what stood there where somebody else changed it since one began to type", async () => {
  const before = ref<Texts>({ title: "旧" });
  const { moved, type } = useEntryDraft("a/event/2", before);
  type("title", "我的");
  before.value = { title: "别人的" };
  expect({ ...moved.value }).toEqual({ title: "旧" });
  type("title", "别人的");
  expect({ ...moved.value }).toEqual({});
});
