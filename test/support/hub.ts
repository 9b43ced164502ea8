// A whole hub in this process, on free loopback ports, with the modules a test gives it.
import { readConfig } from "../../src/config.ts";
import type { Module } from "../../src/core/module.ts";
import { createHub, type Hub, type HubOptions } from "../../src/hub.ts";
import { silent } from "./modules.ts";

export interface RunningHub {
  hub: Hub;
  url: string;
  close(): Promise<void>;
}

/** Probes are on the main port unless `env` says otherwise; DRAIN_SECONDS is short. */
export async function startHub(
  modules: Module[],
  env: Record<string, string> = {},
  more: Partial<Pick<HubOptions, "log" | "trail">> = {},
): Promise<RunningHub> {
  const config = await readConfig({ PORT: "0", HEALTH_METRICS_PORT: "0", DRAIN_SECONDS: "5", ...env }, modules);
  const hub = await createHub({ config, version: "0.0.0-test", log: silent, clock: { now: Date.now }, ...more });
  const { url } = await hub.listen();
  return { hub, url, close: () => hub.close() };
}
