// What headquarters holds when something is measured.
import { EVENT, type Fields, type World } from "../stories/world.ts";

export function lectures(begin: string, n: number): Fields[] {
  return Array.from({ length: n }, (_, at) => ({ ...EVENT, title: `${begin}讲座${String(at + 1)}`, participants: 20 + (at % 80) }));
}

// Records of a device of the unit, sent to be reviewed; gives back their ids.
export function waiting(world: World, who: string, unit: string, n: number): string[] {
  world.join(who, unit);
  const records = world.record(who, lectures(who, n));
  world.send(who);
  return records;
}
