// Runs a module's tools as the hub does: through the registry, shown as a client would see them.
import pino from "pino";
import { Registry as MetricsRegistry } from "prom-client";
import type { Clock } from "../../src/core/clock.ts";
import { ANONYMOUS, type CallRequest } from "../../src/core/context.ts";
import type { Module, ModuleStart, RunningModule } from "../../src/core/module.ts";
import { present, type Presented } from "../../src/core/present.ts";
import { createRedactor } from "../../src/core/redact.ts";
import { Registry, type CallRecord } from "../../src/core/registry.ts";
import { readSection, type Section } from "../../src/core/settings.ts";
import type { Tool } from "../../src/core/tool.ts";
import { untraced } from "./untraced.ts";

export const silent = pino({ level: "silent" });

/** A clock that a test sets: `clock.at = Date.parse("...")`. */
export const fixedClock = (at = Date.parse("2026-11-25T12:00:00Z")): Clock & { at: number } => ({
  at,
  now() {
    return this.at;
  },
});

export const budget = { textBytes: 24 * 1024, structuredBytes: 96 * 1024 };

export interface TestHub {
  registry: Registry;
  running: RunningModule;
  records: CallRecord[];
  call(name: string, input?: unknown, request?: Partial<CallRequest>): Promise<Presented>;
  close(): Promise<void>;
}

/** Starts one module with these environment variables. Throws on bad settings. */
export async function startModule(
  module: Module,
  env: Record<string, string>,
  clock: Clock = { now: Date.now },
  metrics = new MetricsRegistry(),
  given: Pick<ModuleStart<Section>, "trail" | "watch"> = untraced,
): Promise<TestHub> {
  const noTools = Registry.of([], { clock, log: silent, budget });
  const { values, problems } = await readSection(module.settings, env);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const held: (() => readonly string[])[] = [];
  let renew = (): void => undefined;
  const running = await module.start({
    settings: values,
    log: silent,
    clock,
    metrics,
    ...given,
    env,
    redactor: createRedactor({ exact: () => held.flatMap((secrets) => secrets()) }),
    services: {},
    registry: () => noTools,
    publicUrl: undefined,
    changed: () => renew(),
  });
  held.push(() => running.secrets?.() ?? []);
  const hub = testHub(module.name, running, clock, given.trail);
  renew = hub.renew;
  return hub;
}

/** The same for bare tools. */
export const startTools = (tools: Tool[], clock: Clock = { now: Date.now }): TestHub =>
  testHub("test", { tools, check: async () => ({ ok: true, message: "" }) }, clock);

function testHub(
  name: string,
  running: RunningModule,
  clock: Clock,
  trail = untraced.trail,
): TestHub & { readonly renew: () => void } {
  const records: CallRecord[] = [];
  const build = (): Registry =>
    Registry.of([{ name, tools: running.tools }], {
      clock,
      log: silent,
      budget,
      trail,
      onCall: (record) => {
        records.push(record);
        running.observe?.(record);
      },
    });
  let registry = build();
  const call = async (tool: string, input: unknown = {}, request: Partial<CallRequest> = {}): Promise<Presented> => {
    const entry = registry.find(tool);
    if (entry === undefined) throw new Error(`no tool ${tool}`);
    const signal = new AbortController().signal;
    const outcome = await registry.call(tool, input, { signal, caller: ANONYMOUS, door: "internal", ...request });
    if (!outcome.ok && outcome.kind === "needs-input") throw new Error(outcome.message);
    return present(entry, outcome, input, budget);
  };
  const close = async (): Promise<void> => running.close?.();
  return { registry, running, records, call, close, renew: () => void (registry = build()) };
}
