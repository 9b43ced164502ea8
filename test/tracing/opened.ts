// A tracer made from an environment, with what it told of its failures.
import { readConfig } from "../../src/config.ts";
import { Trail, type Tracer } from "../../src/core/trail.ts";
import { openTracer } from "../../src/tracing/open.ts";

export interface Opened {
  readonly tracer: Tracer | undefined;
  readonly problems: readonly string[];
}

/** @throws ConfigError */
export async function openFrom(env: Record<string, string>): Promise<Opened> {
  const problems: string[] = [];
  const { tracing: settings } = await readConfig(env, []);
  const onProblem = (problem: string) => void problems.push(problem);
  return { tracer: await openTracer({ settings, version: "1.2.3", onProblem }), problems };
}

/** One that must be there. */
export async function traceTo(url: string, env: Record<string, string> = {}) {
  const { tracer, problems } = await openFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: url, ...env });
  if (tracer === undefined) throw new Error("nothing is traced");
  return { trail: new Trail(tracer), problems };
}

export const work = (trail: Trail, name = "some work") => trail.span({ name, kind: "internal" }, async () => undefined);

/** As many as make a batch that is sent at once. */
export const FULL_BATCH = 512;

export async function workMuch(trail: Trail, spans: number): Promise<void> {
  for (let i = 0; i < spans; i++) await work(trail, `work ${i}`);
}

/** Sends the one span and closes. */
export async function workOnce(url: string, env: Record<string, string> = {}): Promise<readonly string[]> {
  const { trail, problems } = await traceTo(url, env);
  await work(trail);
  await trail.close();
  return problems;
}
