import { describe, expect, it } from "vitest";
import { consequenceOf } from "./consequence";

const withStations = { stations: ["checker", "office"] } as never;
const without = { stations: [] as string[] } as never;
const fields = { venue: "now" };

describe("what a decision does", () => {
  it("counts at once where nothing was sent or judged", () => {
    expect(consequenceOf({ review: { state: "pending", unsent: true }, fields }, withStations, "venue")).toEqual({ name: "counts" });
    expect(consequenceOf({ review: { state: "pending" }, fields }, without, "venue")).toEqual({ name: "counts" });
  });

  it("of what was sent, what was sent counts until it is sent again", () => {
    expect(consequenceOf({ review: { state: "accepted" }, fields, as_sent: { venue: "sent" } }, withStations, "venue")).toEqual({ name: "sentAgain", counted: "sent" });
    expect(consequenceOf({ review: { state: "pending" }, fields }, withStations, "venue")).toEqual({ name: "sentAgain", counted: "now" });
    expect(consequenceOf({ review: { state: "pending" }, fields, as_sent: { venue: null } }, withStations, "venue")).toEqual({ name: "sentAgain", counted: null });
  });

  it("of what was returned, it waits to be sent again", () => {
    expect(consequenceOf({ review: { state: "returned" }, fields }, withStations, "venue")).toEqual({ name: "returned" });
  });

  it("of what was judged without stations, it is judged again", () => {
    expect(consequenceOf({ review: { state: "accepted" }, fields }, without, "venue")).toEqual({ name: "judgedAgain" });
  });
});
