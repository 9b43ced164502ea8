// What we say about arguments that do not fit: which one, what was wrong, and what would be right.
import type { z } from "zod";
import { closest } from "./closest.ts";
import { ToolFailure } from "./failure.ts";
import { isObject } from "./json.ts";

/** A failure naming every bad argument of `given`. `names` are the valid ones. */
export function invalidArguments(error: z.ZodError, names: readonly string[], given: unknown): ToolFailure {
  const sentences = error.issues.slice(0, 5).map((issue) => {
    const where = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys" && where === "") return unknownArguments(issue.keys, names);
    if (issue.code === "invalid_type" && isObject(given) && names.includes(where) && !(where in given)) {
      return `missing argument "${where}" (${issue.expected})`;
    }
    return where === "" ? `the arguments must be an object: ${issue.message}` : `argument "${where}": ${issue.message}`;
  });
  const message = sentences.join("; ");
  const hint = message.includes(validNames(names)) ? {} : { hint: validNames(names) };
  return new ToolFailure("invalid", message, { code: "INVALID_ARGUMENT", ...hint });
}

function unknownArguments(keys: readonly string[], names: readonly string[]): string {
  return keys
    .slice(0, 5)
    .map((key) => {
      const near = closest(key, names, 1)[0];
      const shown = key.length > 64 ? `${key.slice(0, 64)}…` : key;
      return `unknown argument "${shown}".${near === undefined ? "" : ` Did you mean "${near}"?`} ${validNames(names)}`;
    })
    .join("; ");
}

const validNames = (names: readonly string[]): string =>
  names.length === 0 ? "This tool takes no arguments." : `Valid: ${names.join(", ")}`;
