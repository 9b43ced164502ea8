// What every tool of this module is made from, and what they say of the risk of a command.
import type { Clock } from "../../core/clock.ts";
import type { Access } from "../../core/tool.ts";
import type { Cache } from "./cache/cache.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { Catalog, Risk } from "./catalog/types.ts";
import type { Engine } from "./runs/engine.ts";
import type { Executables } from "./runs/executables.ts";
import type { Gate } from "./runs/gate.ts";
import type { Audit } from "./runs/audit.ts";
import type { Runners } from "./runs/runners.ts";
import type { RunOutcome } from "./runs/types.ts";

export interface Kit {
  readonly catalog: Catalog;
  readonly gate: Gate;
  readonly engine: Engine;
  readonly cache: Cache;
  /** The store that the seed's numbers are about. */
  readonly mainStore: string | undefined;
  readonly executables: Executables;
  readonly runners: Runners;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly jobs: Pick<Jobs<RunOutcome>, "adopt">;
}

const ACCESS: Readonly<Record<Risk, Access>> = { read: "read", write: "write", critical: "destructive" };

export const accessOf = (risks: readonly Risk[]): Access =>
  ACCESS[risks.includes("critical") ? "critical" : risks.includes("write") ? "write" : "read"];

/** A call in which a command may take longer than this counts as long: the registry gives it an hour. */
const LONG_MS = 200_000;
export const isLongRun = (timeoutMs: number): boolean => timeoutMs > LONG_MS;

/** `oar_stage_testing` as `Oar stage testing`, at most 60 characters. */
export function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return (words.charAt(0).toUpperCase() + words.slice(1)).slice(0, 60);
}

/** Whole sentences, whatever the catalogue ends with. */
export const sentence = (text: string): string => {
  const trimmed = text.trim();
  const whole = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
};
