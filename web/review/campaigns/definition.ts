// The line of the definition that a refusal speaks of: "… 第 34 行：…", "… line 34: …".
export function lineOf(detail: string): number | undefined {
  const found = /第 (\d+) 行|line (\d+)/.exec(detail);
  return found ? Number(found[1] ?? found[2]) : undefined;
}

// A published definition as the version after it: only its first `version` is touched.
export function nextVersion(content: string): string {
  return content.replace(/^(version\s*=\s*)(\d+)/m, (_, key: string, version: string) => key + String(Number(version) + 1));
}
