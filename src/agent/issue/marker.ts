// What the hub finds its own issues and comments by: a comment that trackers keep and readers do not see.
import { createHash } from "node:crypto";

const HEX = /^[0-9a-f]{16}/;

/** @param fingerprint `v1:` and hex, or another name of a group, of which a hash is taken */
export function marker(reportId: string, fingerprint: string): string {
  const digits = fingerprint.replace(/^v\d+:/, "");
  const hex = HEX.exec(digits)?.[0] ?? createHash("sha256").update(fingerprint).digest("hex").slice(0, 16);
  return `<!-- hub:v1 fp=${hex} report=${reportId.replace(/[^\w.-]|-(?=-)/g, "")} -->`;
}
