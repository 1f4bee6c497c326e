import type { Unit } from "@kit/door/types";
import type { Grant } from "@kit/server/session";
import { expect, it } from "vitest";
import { recordedFor } from "./reach";

const unit = (code: string, parent: string, removed = false) => ({ code, parent, ...(removed ? { removed } : {}) }) as Unit;
const units = [unit("city", ""), unit("group", "city"), unit("mine", "group"), unit("crew", "mine"), unit("gone", "group", true), unit("county", "city")];
const codes = (grants: Grant[], campaign = "events") => recordedFor(units, grants, campaign).map((each) => each.code);

it("who may record at a unit records for those below it too, but for none that was removed", () => {
  expect(codes([{ role: "office", unit: "group", may: ["read", "record"] }])).toEqual(["group", "mine", "crew"]);
  expect(codes([{ role: "office", unit: "", may: ["record"] }])).toEqual(["city", "group", "mine", "crew", "county"]);
});

it("a role counts by what it may in the campaign", () => {
  expect(codes([{ role: "checker", unit: "group", may: ["read", "review"] }])).toEqual([]);
  expect(codes([{ role: "helper", unit: "mine", may: ["read"], may_in: { events: ["record"] } }])).toEqual(["mine", "crew"]);
  expect(codes([{ role: "helper", unit: "mine", campaign: "other", may: ["record"] }])).toEqual([]);
});
