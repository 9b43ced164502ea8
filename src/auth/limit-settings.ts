// How much one caller, and one address that nobody vouches for, may ask.
import { isIP } from "node:net";
import { z } from "zod";
import { setting, type Section, type Values } from "../core/settings.ts";

const MOST = 1_000_000;

/** Undefined when unset, so that what was chosen can be told from what is the default. */
const limit = () =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number; 0 is no limit")
    .transform(Number)
    .pipe(z.number().max(MOST, `must be at most ${MOST}`))
    .optional();

/** Words of Fastify for ranges. */
const RANGES = ["loopback", "linklocal", "uniquelocal"];

const proxies = z
  .string()
  .transform((text): boolean | string[] => {
    const word = text.trim().toLowerCase();
    if (word === "true" || word === "false") return word === "true";
    const entries = text.split(",").map((entry) => entry.trim());
    return entries.filter((entry) => entry !== "");
  })
  .refine(
    (value) => typeof value === "boolean" || value.every(isProxy),
    "must be true, false or a comma list of addresses and ranges such as 10.0.0.0/8",
  )
  .default(false);

function isProxy(entry: string): boolean {
  const [address = "", bits, more] = entry.split("/");
  const version = isIP(address);
  if (RANGES.includes(entry)) return true;
  if (version === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export const LIMIT_SETTINGS = {
  callsPerMinute: setting(
    "RATE_LIMIT_CALLS_PER_MINUTE",
    limit(),
    "Tool calls a minute of one caller; unset means 600, or none on loopback without `AUTH_MODE`; 0 is no limit.",
  ),
  concurrentCalls: setting(
    "MAX_CONCURRENT_CALLS",
    limit(),
    "Tool calls of one caller at a time, others wait up to 5 s; unset means 32, or none on loopback without `AUTH_MODE`; 0 is no limit.",
  ),
  streamsPerCaller: setting(
    "MAX_STREAMS_PER_CALLER",
    limit(),
    "Open event streams of one caller; unset means 50, or none on loopback without `AUTH_MODE`; 0 is no limit.",
  ),
  requestsPerAddress: setting(
    "RATE_LIMIT_ADDRESS_PER_MINUTE",
    limit(),
    "Requests a minute of one address without a known caller; unset means 120, or none on loopback without `AUTH_MODE`; 0 is no limit.",
  ),
  trustProxy: setting(
    "TRUST_PROXY",
    proxies,
    "Proxies whose X-Forwarded-For counts: a comma list of addresses and ranges, or `true` for whoever connects.",
  ),
} satisfies Section;

export type LimitSettings = Values<typeof LIMIT_SETTINGS>;
