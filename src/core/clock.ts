// Time is handed in, so that tests can set it. Only main.ts makes the real one.

export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** RFC 3339 in UTC with milliseconds, for example `2026-11-25T10:00:00.000Z`. */
export const rfc3339 = (milliseconds: number): string => new Date(milliseconds).toISOString();
