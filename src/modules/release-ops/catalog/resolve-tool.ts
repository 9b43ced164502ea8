// A tool as the catalogue means it: every name it uses exists, every default stands.
import { resolveArgv } from "./resolve-argv.ts";
import { resolveParam } from "./resolve-param.ts";
import type { CatalogFile, FileTool } from "./schema.ts";
import type { Path, Problem } from "../../../core/yaml-place.ts";
import type { ParamSpec, Preflight, RiskRule, ToolSpec } from "./types.ts";

const DEFAULT_TIMEOUT_MS = 600_000;
const DEFAULT_GRACE_MS = 5_000;

type Merged = Pick<CatalogFile, "defaults" | "types" | "programs" | "caches">;

export function resolveTool(name: string, tool: FileTool, all: Merged, problem: Problem): ToolSpec {
  const at: Path = ["tools", name];
  const params = new Map(
    Object.entries(tool.params).map(([key, value]) => [
      key,
      resolveParam(value, all.types, [...at, "params", key], problem),
    ]),
  );
  checkNames(tool, params, all, at, problem);
  const output = { ...all.defaults.output, ...tool.output };
  return {
    name,
    description: tool.description,
    program: tool.program,
    params,
    argv: resolveArgv(tool.argv, params, [...at, "argv"], problem),
    risk: tool.risk,
    effects: tool.effects,
    riskWhen: resolveRules(tool, at, problem),
    result: tool.result,
    success: { exit: tool.success.exit ?? [0], failOn: tool.success.fail_on ?? [], verdict: tool.success.verdict },
    cache: tool.cache && {
      store: tool.cache.store,
      key: tool.cache.key,
      ttlMs: tool.cache.ttl ?? all.caches[tool.cache.store]?.ttl ?? 0,
      warm: tool.cache.warm,
    },
    invalidates: tool.invalidates.map(({ store, by }) => ({ store, by })),
    lock: tool.lock,
    confirm: tool.confirm && { param: tool.confirm.param, mustEqual: tool.confirm.must_equal },
    background: {
      mode: tool.background?.mode ?? "never",
      waitMs: tool.background?.wait ?? 0,
      singleton: tool.background?.singleton,
      repeat: tool.background?.repeat && {
        everyMs: tool.background.repeat.every,
        maxFailures: tool.background.repeat.max_failures,
      },
    },
    preflight: tool.preflight.flatMap((entry, index) => resolvePreflight(entry, [...at, "preflight", index], problem)),
    deprecated: tool.deprecated,
    timeoutMs: tool.timeout ?? all.defaults.timeout ?? DEFAULT_TIMEOUT_MS,
    killGraceMs: tool.kill_grace ?? all.defaults.kill_grace ?? DEFAULT_GRACE_MS,
    cwd: tool.cwd ?? all.defaults.cwd,
    output: {
      keepHeadBytes: output.keep_head ?? 262_144,
      keepTailBytes: output.keep_tail ?? 786_432,
      hardLimitBytes: output.hard_limit ?? 268_435_456,
      stripAnsi: output.strip_ansi ?? true,
    },
    progress: tool.progress ?? all.defaults.progress ?? "lines",
  };
}

function checkNames(
  tool: FileTool,
  params: ReadonlyMap<string, ParamSpec>,
  all: Merged,
  at: Path,
  problem: Problem,
): void {
  const needParam = (key: string, path: Path) => {
    if (!params.has(key))
      problem([...at, ...path], `no parameter is called ${key}; there are: ${[...params.keys()].join(", ")}`);
  };
  if (!Object.hasOwn(all.programs, tool.program)) {
    problem(
      [...at, "program"],
      `no program is called ${tool.program}; there are: ${Object.keys(all.programs).join(", ")}`,
    );
  }
  const seen = new Set(params.keys());
  for (const [key, { aliases }] of params) {
    for (const alias of aliases) {
      if (seen.has(alias)) problem([...at, "params", key, "aliases"], `${alias} is taken`);
      seen.add(alias);
    }
  }
  for (const store of [tool.cache?.store, ...tool.invalidates.map((entry) => entry.store)]) {
    if (store !== undefined && !Object.hasOwn(all.caches, store)) problem(at, `no cache is called ${store}`);
  }
  for (const key of tool.cache?.key ?? []) needParam(key, ["cache", "key"]);
  for (const { by } of tool.invalidates) if (by !== undefined) needParam(by, ["invalidates"]);
  if (tool.confirm !== undefined) needParam(tool.confirm.must_equal, ["confirm", "must_equal"]);
  for (const key of holes(tool.lock)) needParam(key, ["lock"]);
  for (const key of holes(tool.background?.singleton)) needParam(key, ["background", "singleton"]);
  for (const { absent, equals } of tool.risk_when) {
    for (const key of [...(absent === undefined ? [] : [absent]), ...Object.keys(equals ?? {})])
      needParam(key, ["risk_when"]);
  }
}

const holes = (template = ""): string[] => [...template.matchAll(/\{([^{}]*)\}/g)].map(([, key]) => key ?? "");

function resolveRules(tool: FileTool, at: Path, problem: Problem): RiskRule[] {
  return tool.risk_when.flatMap(({ absent, equals, risk }, index): RiskRule[] => {
    const pairs = Object.entries(equals ?? {});
    const [pair] = pairs;
    if (absent !== undefined && pair === undefined) return [{ param: absent, equals: undefined, risk }];
    if (absent === undefined && pair !== undefined && pairs.length === 1)
      return [{ param: pair[0], equals: pair[1], risk }];
    problem([...at, "risk_when", index], "needs either absent: NAME or equals: {NAME: VALUE}");
    return [];
  });
}

function resolvePreflight(entry: FileTool["preflight"][number], at: Path, problem: Problem): Preflight[] {
  const kinds = (["env", "exec", "file"] as const).filter((kind) => entry[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    problem(at, "needs exactly one of env, exec, file");
    return [];
  }
  return [{ kind, name: entry[kind] ?? "", unless: entry.unless }];
}
