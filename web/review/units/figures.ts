// What is told of a unit and those below it, from the readings that tell it of each unit alone.
import { useAsked } from "@kit/server/queries";
import type { Line, Unit } from "@kit/door/types";
import { computed, type ComputedRef, type Ref } from "vue";
import { withBelow } from "./tree";

export type Device = Line<"devices.list">;

export interface UnitFigures {
  // Sessions, of the campaign; only of units with a line of their own in the table of progress.
  quota: number | undefined;
  done: number | undefined;
  percent: number | undefined;
  // With those below; undefined where it is not known: not read yet, or not the reader's to know.
  records: number | undefined;
  pending: number | undefined;
  conflicts: number | undefined;
  devices: number | undefined;
  // Of any of these devices; undefined where none was ever met.
  contact: number | undefined;
}

export function isRevoked(device: Device): boolean {
  return device.revoked !== null && device.revoked !== undefined;
}

export function useUnitFigures(units: ComputedRef<Unit[]>, campaign: Ref<string>, hasCampaign: ComputedRef<boolean>) {
  const progress = useAsked("report.progress", computed(() => ({ campaign: campaign.value })), { enabled: hasCampaign });
  const status = useAsked("status", {});
  const devices = useAsked("devices.list", {});

  const figures = computed(() => {
    const lines = new Map((progress.data.value?.lines ?? []).flatMap((line) => (line.figures ? [[line.figures.unit, line.figures] as const] : [])));
    const held = new Map((status.data.value?.answer.units ?? []).map((each) => [each.unit, each]));
    const there = new Map<string, Device[]>();
    for (const device of devices.data.value?.lines ?? []) {
      there.set(device.unit, [...(there.get(device.unit) ?? []), device]);
    }
    const out = new Map<string, UnitFigures>();
    for (const [code, all] of withBelow(units.value)) {
      const line = lines.get(code);
      const isKnown = held.has(code);
      const sum = (of: "records" | "pending" | "conflicts") => (isKnown ? all.reduce((whole, each) => whole + (held.get(each)?.[of] ?? 0), 0) : undefined);
      const own = all.flatMap((each) => there.get(each) ?? []).filter((device) => !isRevoked(device));
      const met = own.flatMap((device) => (device.contact === null ? [] : [device.contact]));
      out.set(code, {
        quota: line?.quota ?? undefined,
        done: line?.actual,
        percent: line?.percent ?? undefined,
        records: sum("records"),
        pending: sum("pending"),
        conflicts: sum("conflicts"),
        devices: isKnown && devices.data.value ? own.length : undefined,
        contact: met.length ? Math.max(...met) : undefined,
      });
    }
    return out;
  });
  return { figures, progress, status, devices };
}
