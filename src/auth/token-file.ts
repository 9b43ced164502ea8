// AUTH_TOKENS_PATH: who holds which token, by its hash alone.
import { z } from "zod";
import { ConfigError } from "../core/config-error.ts";
import { parseYaml } from "../core/yaml-file.ts";
import { grant, type Grant } from "./rights.ts";

export interface TokenEntry {
  readonly name: string;
  /** SHA-256 of the token, 32 bytes. */
  readonly digest: Buffer;
  readonly limit: Grant;
  /** Milliseconds since the epoch; no longer good from then on. */
  readonly expires: number | undefined;
}

export const access = z.enum(["read", "write", "destructive"], "must be read, write or destructive");
export const moduleNames = z.array(z.string().min(1).max(64)).min(1, "must name a module").max(100);

const entry = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.@:-]{0,63}$/, "must be a name of at most 64 letters, digits and .@:_-"),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-fA-F]{64}$/, "must be sha256: and 64 hex digits; `ops-hub hash-token` makes them")
    .transform((text) => Buffer.from(text.slice("sha256:".length), "hex")),
  modules: moduleNames.optional(),
  access: access.default("read"),
  expires: z.iso
    .datetime({ offset: true, error: "must be a time such as 2027-01-31T00:00:00Z" })
    .transform((text) => Date.parse(text))
    .optional(),
});

const schema = z.strictObject({ tokens: z.array(entry).max(10_000) });

/** `modules` are the names that exist. @throws ConfigError with every problem */
export function parseTokens(text: string, label: string, modules: readonly string[]): readonly TokenEntry[] {
  const { value, problem } = parseYaml(text, label, schema);
  const { tokens } = value;
  const problems = tokens.flatMap(({ name, hash, modules: own }, i) => {
    const at = (member: string, message: string) => problem(["tokens", i, member], message);
    const earlier = tokens.slice(0, i);
    return [
      ...(earlier.some((one) => one.name === name) ? [at("name", "another token has this name")] : []),
      ...(earlier.some((one) => one.hash.equals(hash)) ? [at("hash", "another token has this hash")] : []),
      ...unknownModules(own, modules).map((message) => at("modules", message)),
    ];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return tokens.map(({ name, hash, modules: own, access, expires }) => ({
    name,
    digest: hash,
    limit: grant(own, access),
    expires,
  }));
}

/** One sentence for each name that no module has. */
export const unknownModules = (names: readonly string[] = [], modules: readonly string[]): string[] =>
  names
    .filter((name) => !modules.includes(name))
    .map((name) => `no module is called "${name}"; there are ${modules.join(", ")}`);
