import { describe, expect, it } from "vitest";
import { byUrgency, isSilent, kDayMs, silentDays, stateOf, type Device } from "./states";

const kNow = 100 * kDayMs;
const device = (name: string, said: Partial<Device> = {}): Device => ({
  device: name, unit: "mine-8", name, granted: 1, revoked: null, allowed: null, contact: kNow - 1000, entries: 1, branches: 0, ...said,
});

describe("devices", () => {
  it("tells shut out from held up", () => {
    expect(stateOf(device("a"))).toBe("granted");
    expect(stateOf(device("a", { revoked: { reason: "lost", wall: 1 } }))).toBe("revoked");
    expect(stateOf(device("a", { revoked: { held_up: true } }))).toBe("heldUp");
  });
  it("is silent after two days, or where it was never met, but not where it is shut out", () => {
    expect(isSilent(device("a", { contact: kNow - 2 * kDayMs + 1 }), kNow)).toBe(false);
    expect(isSilent(device("a", { contact: kNow - 2 * kDayMs }), kNow)).toBe(true);
    expect(isSilent(device("a", { contact: null }), kNow)).toBe(true);
    expect(isSilent(device("a", { contact: null, revoked: {} }), kNow)).toBe(false);
    expect(silentDays(device("a", { contact: kNow - 3.5 * kDayMs }), kNow)).toBe(3);
  });
  it("puts first what wants a look", () => {
    const all = [device("fine"), device("out", { revoked: {} }), device("late", { contact: kNow - 3 * kDayMs }), device("never", { contact: null }), device("held", { revoked: { held_up: 1 } })];
    expect(byUrgency(all, kNow).map((each) => each.name)).toEqual(["held", "never", "late", "fine", "out"]);
  });
});
