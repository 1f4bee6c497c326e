// How far a device's clock stood from what headquarters knows: a value; no I/O.
export interface Apart {
  way: "ahead" | "behind";
  unit: "seconds" | "minutes" | "hours" | "days";
  n: number;
}

const kUnits: [Apart["unit"], number][] = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["seconds", 1000],
];

export function apart(ownMs: number, correctedMs: number): Apart | undefined {
  const by = Math.abs(ownMs - correctedMs);
  const [unit, ms] = kUnits.find(([, each]) => by >= each) ?? ["seconds", 1000];
  const n = Math.round(by / ms);
  return n === 0 ? undefined : { way: ownMs > correctedMs ? "ahead" : "behind", unit, n };
}
