// Stretches of time that callers ask for: never backwards, and on Cloud no longer than it answers.
import { ToolFailure } from "../../core/failure.ts";

/** Both RFC 3339. @throws ToolFailure INVALID_RANGE */
export function requireOrder(since: string, until: string): void {
  if (Date.parse(since) < Date.parse(until)) return;
  throw new ToolFailure("invalid", `since (${since}) must be before until (${until})`, { code: "INVALID_RANGE" });
}

const MAX_CLOUD_DAYS = 14;

/** Cloud refuses longer queries of events. @throws ToolFailure INVALID_RANGE */
export function requireCloudWindow(since: string, until: string): void {
  if (Date.parse(until) - Date.parse(since) <= MAX_CLOUD_DAYS * 86_400_000) return;
  const message = `Prefect Cloud answers at most ${MAX_CLOUD_DAYS} days of events at once; bring since and until closer`;
  throw new ToolFailure("invalid", message, { code: "INVALID_RANGE" });
}
