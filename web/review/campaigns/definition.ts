// The line of the definition that a refusal speaks of: "… 第 34 行：…", "… line 34: …".
export function lineOf(detail: string): number | undefined {
  const found = /第 (\d+) 行|line (\d+)/.exec(detail);
  return found ? Number(found[1] ?? found[2]) : undefined;
}
