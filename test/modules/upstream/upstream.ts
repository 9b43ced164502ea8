// One upstream as a running module, for these tests: what startUpstream gives, behind a registry that follows its changes.
import { setTimeout as delay } from "node:timers/promises";
import { ANONYMOUS, type CallRequest } from "../../../src/core/context.ts";
import type { ModuleStart, RunningModule } from "../../../src/core/module.ts";
import type { Log } from "../../../src/core/log.ts";
import { present, type Presented } from "../../../src/core/present.ts";
import { createRedactor } from "../../../src/core/redact.ts";
import { Registry } from "../../../src/core/registry.ts";
import type { Section } from "../../../src/core/settings.ts";
import { readServers } from "../../../src/modules/upstream/file.ts";
import { startUpstream } from "../../../src/modules/upstream/start.ts";
import { budget, silent } from "../../support/modules.ts";
import { untraced } from "../../support/untraced.ts";

export interface Running {
  readonly running: RunningModule;
  /** As the registry has them now. */
  names(): string[];
  registry(): Registry;
  call(name: string, input?: unknown, request?: Partial<CallRequest>): Promise<Presented>;
  /** How often `changed` was called. */
  changes(): number;
  health(): Record<string, unknown>;
  close(): Promise<void>;
}

/** `yaml` is one entry of UPSTREAMS_PATH, without its dash. */
export async function run(
  yaml: Record<string, unknown>,
  env: Record<string, string> = {},
  log: Log = silent,
  given: Pick<ModuleStart<Section>, "trail" | "watch"> = untraced,
): Promise<Running> {
  const text = JSON.stringify({ upstreams: [{ name: "remote", ...yaml }] });
  const [server] = readServers("upstreams.yaml", text, env);
  let changes = 0;
  const clock = { now: Date.now };
  const held: (() => readonly string[])[] = [];
  const running = await startUpstream(server!, {
    settings: {},
    log,
    clock,
    metrics: undefined as never,
    ...given,
    env: { PATH: process.env["PATH"], ...env },
    redactor: createRedactor({ exact: () => held.flatMap((secrets) => secrets()) }),
    services: {},
    registry: () => registry(),
    publicUrl: undefined,
    changed: () => void (changes += 1),
  });
  held.push(() => running.secrets?.() ?? []);
  const registry = () =>
    Registry.of([{ name: "remote", tools: running.tools, absent: running.absent }], {
      clock,
      log: silent,
      budget,
      trail: given.trail,
    });
  await running.begin?.();
  return {
    running,
    registry,
    names: () => running.tools.map((tool) => tool.name),
    changes: () => changes,
    health: () => running.health?.() ?? {},
    call: async (name, input = {}, request = {}) => {
      const now = registry();
      const given = { signal: new AbortController().signal, caller: ANONYMOUS, door: "mcp" as const, ...request };
      const outcome = await now.call(name, input, given);
      if (!outcome.ok && outcome.kind === "needs-input") throw new Error("no tool here asks");
      return present(now.find(name)!, outcome, input, budget);
    },
    close: async () => running.close?.(),
  };
}

/** Waits for something that happens in the background. */
export async function until(isTrue: () => boolean, what: string, ms = 10_000): Promise<void> {
  for (let waited = 0; waited < ms; waited += 20) {
    if (isTrue()) return;
    await delay(20);
  }
  throw new Error(`never: ${what}`);
}
