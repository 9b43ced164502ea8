// Durations, sizes and patterns as a catalogue writes them: 600s, 1h, 768KiB, \d+\.\d+.
import { RE2JS } from "re2js";
import { z } from "zod";
import type { Pattern } from "./types.ts";

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

const measured = (units: Readonly<Record<string, number>>, example: string) =>
  z
    .string()
    .regex(
      new RegExp(`^\\d{1,9}(${Object.keys(units).join("|")})$`),
      `must be a whole number and a unit, such as ${example}`,
    )
    .transform((text) => Number.parseInt(text, 10) * (units[text.replace(/^\d+/, "")] ?? 0));

/** Milliseconds. */
export const duration = measured(MILLISECONDS, "600s, 5m or 7d");
/** Bytes. */
export const size = measured(BYTES, "256KiB or 1MiB");

/** A pattern that takes linear time, so that no output and no argument can hang the hub. */
export const pattern = z.string().transform((source, context): Pattern => {
  try {
    const compiled = RE2JS.compile(source, RE2JS.MULTILINE);
    const whole = RE2JS.compile(source);
    return {
      source,
      matches: (text) => whole.testExact(text),
      find(text) {
        const matcher = compiled.matcher(text);
        if (!matcher.find()) return undefined;
        return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? "");
      },
    };
  } catch (error) {
    context.addIssue({
      code: "custom",
      message: `is no RE2 pattern: ${error instanceof Error ? error.message : "unreadable"}`,
    });
    return z.NEVER;
  }
});
