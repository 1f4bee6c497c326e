// What headquarters lets a device do, and for how long it was not heard of.
import type { Line } from "@kit/door/types";

export type Device = Line<"devices.list">;
export type DeviceState = "granted" | "heldUp" | "revoked";

export const kDayMs = 86_400_000;
// So long without contact is worth a look.
export const kSilentDays = 2;

export interface Revocation {
  reason?: string;
  wall?: number;
  held_up?: unknown;
}

export function revocationOf(device: Device): Revocation | undefined {
  return device.revoked === null || device.revoked === undefined ? undefined : (device.revoked as Revocation);
}

// Held up: it brought more than is kept of one device.
export function stateOf(device: Device): DeviceState {
  const told = revocationOf(device);
  return told === undefined ? "granted" : told.held_up === undefined ? "revoked" : "heldUp";
}

export function silentDays(device: Device, nowMs: number): number | undefined {
  return device.contact === null ? undefined : Math.floor((nowMs - device.contact) / kDayMs);
}

// Whether it may write and was not met lately, or never.
export function isSilent(device: Device, nowMs: number): boolean {
  return stateOf(device) === "granted" && (silentDays(device, nowMs) ?? kSilentDays) >= kSilentDays;
}

// What wants a look first: held up, then those longest not met, the others by unit and name.
export function byUrgency(devices: Device[], nowMs: number): Device[] {
  const rank = (device: Device) => (stateOf(device) === "heldUp" ? 0 : isSilent(device, nowMs) ? 1 : stateOf(device) === "granted" ? 2 : 3);
  return [...devices].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      (rank(one) === 1 ? (one.contact ?? 0) - (other.contact ?? 0) : 0) ||
      one.unit.localeCompare(other.unit) ||
      (one.name ?? "").localeCompare(other.name ?? ""),
  );
}
