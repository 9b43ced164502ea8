// Fills the shelves before anyone asks: every tool that its catalogue marks as warm, for each of the releases, four at a time.
import { Limiter } from "../../../core/limiter.ts";
import { ToolFailure } from "../../../core/failure.ts";
import type { ToolSpec } from "../catalog/types.ts";
import type { Kit } from "../kit.ts";
import { planOf } from "../runs/plan.ts";
import type { Plan, RunOptions } from "../runs/types.ts";
import { refOf } from "./ref.ts";

export interface Warmed {
  readonly release: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly error?: string;
}

const refuse = (): Error => new ToolFailure("unavailable", "busy");

const AT_ONCE = 4;
const MAX_ERROR_CHARS = 300;

export async function warm(kit: Kit, releases: readonly string[], options: RunOptions): Promise<Warmed[]> {
  const specs = [...kit.catalog.tools.values()].filter(({ cache }) => cache?.warm === true);
  const limiter = new Limiter({ concurrency: AT_ONCE, queue: releases.length, refuse });
  return Promise.all(
    releases.map((release) => limiter.run(() => warmOne(kit, specs, release, options), options.signal)),
  );
}

async function warmOne(kit: Kit, specs: readonly ToolSpec[], release: string, options: RunOptions): Promise<Warmed> {
  const startedAt = kit.clock.now();
  const ms = (): number => Math.round(kit.clock.now() - startedAt);
  try {
    if (specs.length === 0) throw new ToolFailure("invalid", "the catalogue marks no tool as warm");
    const asked = specs.map((spec) => ask(kit, spec, release));
    await kit.runners.prepare(release);
    for (const one of asked) {
      // oxlint-disable-next-line no-await-in-loop -- four releases run at once already
      const problem = await fill(kit, one, options);
      if (problem !== undefined) return { release, ok: false, ms: ms(), error: problem.slice(0, MAX_ERROR_CHARS) };
    }
    return { release, ok: true, ms: ms() };
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    return { release, ok: false, ms: ms(), error: error.message.slice(0, MAX_ERROR_CHARS) };
  }
}

interface Asked {
  readonly spec: ToolSpec;
  readonly input: Readonly<Record<string, string>>;
  readonly plan: Plan;
}

/** @throws ToolFailure invalid, denied */
function ask({ catalog, engine }: Kit, spec: ToolSpec, release: string): Asked {
  const input = { [spec.cache?.key[0] ?? "release"]: release };
  const plan = planOf(catalog, spec, input);
  engine.pass(plan);
  return { spec, input, plan };
}

/** Undefined when the result is there, else why it is not. */
async function fill(
  { cache, engine, executables }: Kit,
  { spec, input, plan }: Asked,
  options: RunOptions,
): Promise<string | undefined> {
  const ref = refOf(spec, input, await executables.find(plan.program));
  const load = (signal: AbortSignal) => engine.run(plan, { ...options, signal });
  const outcome =
    ref === undefined
      ? await load(options.signal)
      : (cache.hit(ref) ?? (await cache.load(ref, load, { signal: options.signal, refresh: false })));
  return outcome.ok ? undefined : (outcome.note ?? (outcome.output || `exit code ${outcome.code}`));
}
