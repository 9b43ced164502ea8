// Opening the ports, and letting what runs end before they close.
import type { FastifyInstance } from "fastify";
import type { InFlight } from "../core/in-flight.ts";
import type { HubSettings } from "../config/sections.ts";

export interface Porches {
  readonly main: FastifyInstance;
  readonly probes: FastifyInstance | undefined;
}

/** Where the hub listens. `metricsUrl` is undefined when HEALTH_METRICS_PORT is 0. */
export interface Addresses {
  readonly url: string;
  readonly metricsUrl: string | undefined;
}

export async function listen({ main, probes }: Porches, hub: HubSettings): Promise<Addresses> {
  await main.listen({ host: hub.host, port: hub.port });
  if (probes === undefined) return { url: urlOf(main), metricsUrl: undefined };
  await probes.listen({ host: hub.host, port: hub.metricsPort });
  return { url: urlOf(main), metricsUrl: urlOf(probes) };
}

function urlOf(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no address");
  const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

export async function drain(inFlight: InFlight, seconds: number, hurry: AbortSignal | undefined): Promise<void> {
  const limit = AbortSignal.timeout(seconds * 1_000);
  await inFlight.idle(hurry === undefined ? limit : AbortSignal.any([limit, hurry]));
  await new Promise((resolve) => setImmediate(resolve)); // the last answers are written in this turn
}
