// Lists of names, reduced to what a question about a few of them needs.
import { byteLength, oneLine } from "../../../core/clip.ts";
import { closest } from "../../../core/closest.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { toNumber } from "../format/value.ts";
import { projection, type Envelope } from "../projection.ts";

export interface NameLookup {
  readonly name: string;
  readonly exists: boolean;
  /** The nearest names there are, when it does not exist. */
  readonly closest: readonly string[];
}

/** Which of these metrics exist, from the values of the label __name__. */
export const metricLookup = projection(
  "metricLookup",
  (envelope, { names }: { names: readonly string[] }): NameLookup[] => {
    const known = readNames(envelope);
    const set = new Set(known);
    return names.map((name) => ({
      name,
      exists: set.has(name),
      closest: set.has(name) ? [] : closest(name, known, 5).map((near) => oneLine(near, 120)),
    }));
  },
);

/** The finite bucket bounds of a classic histogram, ascending, from the values of the label le. */
export const bucketBounds = projection("bucketBounds", (envelope, _options: Record<string, never>): number[] =>
  readNames(envelope)
    .map(toNumber)
    .filter((bound) => Number.isFinite(bound))
    .sort((a, b) => a - b),
);

function readNames({ data }: Envelope): string[] {
  if (Array.isArray(data) && data.every((name) => typeof name === "string")) return data;
  throw new ToolFailure("unavailable", "INVALID_RESPONSE: expected a list of names", { code: "INVALID_RESPONSE" });
}

/** The expression as the server prints it; undefined when that is long. */
export const formattedQuery = projection(
  "formattedQuery",
  ({ data }, { maxBytes }: { maxBytes: number }): string | undefined =>
    typeof data === "string" && byteLength(data) <= maxBytes ? data : undefined,
);
