// ACCESS_PATH: rules that say which callers and groups may use which modules, and how far. What matches adds up.
import { z } from "zod";
import { ConfigError } from "../core/config-error.ts";
import { globMatcher } from "../core/glob.ts";
import { parseYaml } from "../core/yaml-file.ts";
import type { Identity } from "./mode.ts";
import { grant, NOTHING, union, type Grant } from "./rights.ts";
import { access, moduleNames, unknownModules } from "./token-file.ts";

/** What the rules give somebody. NOTHING when none matches. */
export type Rules = (who: Pick<Identity, "name" | "groups">) => Grant;

const glob = z.string().min(1).max(256);

const rule = z
  .strictObject({
    caller: glob.optional(),
    group: glob.optional(),
    modules: moduleNames.optional(),
    access: access.default("read"),
  })
  .refine(({ caller, group }) => caller !== undefined || group !== undefined, "must have a caller or a group, or both");

const schema = z.strictObject({ rules: z.array(rule).max(1_000) });

/** A rule with caller and group is for those who match both. @throws ConfigError with every problem */
export function parseRules(text: string, label: string, modules: readonly string[]): Rules {
  const { value, problem } = parseYaml(text, label, schema);
  const problems = value.rules.flatMap((rule, i) =>
    unknownModules(rule.modules, modules).map((message) => problem(["rules", i, "modules"], message)),
  );
  if (problems.length > 0) throw new ConfigError(problems);
  const rules = value.rules.map(({ caller = "*", group, modules: names, access }) => ({
    isCaller: globMatcher(caller),
    isGroup: group === undefined ? undefined : globMatcher(group),
    gives: grant(names, access),
  }));
  return ({ name, groups }) =>
    rules
      .filter(({ isCaller, isGroup }) => isCaller(name) && (isGroup === undefined || groups.some(isGroup)))
      .reduce((sum, { gives }) => union(sum, gives), NOTHING);
}
