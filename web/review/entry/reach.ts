// The units that one may record for, as far as can be seen from here: those of one's grants that may, and
// those below them, in the tree's order. The door judges it.
import type { Unit } from "@kit/door/types";
import type { Grant } from "@kit/server/session";

export function recordedFor(units: Unit[], grants: Grant[], campaign: string): Unit[] {
  const reach = new Set(
    grants.filter((grant) => (!grant.campaign || grant.campaign === campaign) && (grant.may_in?.[campaign] ?? grant.may).includes("record")).map((grant) => grant.unit),
  );
  const isEverywhere = reach.has("");
  return units.filter((unit) => {
    if (!isEverywhere && !reach.has(unit.code) && !reach.has(unit.parent)) return false;
    reach.add(unit.code);
    return !unit.removed;
  });
}
