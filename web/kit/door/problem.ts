// What the door refused (RFC 9457), or that it was not reached.

export interface FieldError {
  reason: string;
  detail: string;
}

// A refusal: nothing was done. `detail` is a sentence in the reader's language.
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    readonly detail: string,
    readonly errors: Record<string, FieldError[]> = {},
    // What the record is now, where it has changed since it was seen.
    readonly current: unknown = undefined,
    readonly retryAfterSeconds: number | undefined = undefined,
    readonly secondFactor = false,
  ) {
    super(detail);
    this.name = "Problem";
  }

  get signedOut(): boolean {
    return this.status === 401;
  }

  get changed(): boolean {
    return this.status === 412;
  }
}

// No answer came: whether a write was done is not known, its key says (Idempotency-Key).
export class Unreached extends Error {
  constructor() {
    super("unreached");
    this.name = "Unreached";
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  let told: Record<string, unknown> = {};
  try {
    told = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // Something between here and headquarters answered.
  }
  const wait = Number(response.headers.get("Retry-After"));
  return new Problem(
    response.status,
    typeof told["reason"] === "string" ? told["reason"] : "unknown",
    typeof told["detail"] === "string" ? told["detail"] : `HTTP ${response.status}`,
    (told["errors"] ?? {}) as Record<string, FieldError[]>,
    told["current"],
    Number.isFinite(wait) && wait > 0 ? wait : undefined,
    told["second_factor"] === true,
  );
}
