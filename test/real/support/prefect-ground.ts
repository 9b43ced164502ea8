// The Prefect of all test/real/prefect-*.test.ts files: one real server, seeded once for a whole run. What is seeded stays as it is: tests
// that write make runs and deployments of their own.
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { inject } from "vitest";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { startModule, type TestHub } from "../../support/modules.ts";
import { connectPrefect, type PrefectApi } from "./prefect-api.ts";
import type { PrefectFacts } from "./prefect-start.ts";

export interface PrefectGround extends PrefectFacts {
  /** The truth to compare with. */
  readonly api: PrefectApi;
  /** The module over this server; close it. */
  hub(env?: Record<string, string>): Promise<TestHub>;
}

/** A beforeAll that calls it needs this long when it is the first. */
export const PREFECT_GROUND_MS = 300_000;

/** For a beforeAll: `beforeAll(async () => { ground = await prefectGround(); }, PREFECT_GROUND_MS)`. */
export async function prefectGround(): Promise<PrefectGround> {
  const facts = await takeTurn(inject("prefectStarter"));
  return {
    ...facts,
    api: await connectPrefect(facts.url),
    hub: (env = {}) => startModule(prefect, { PREFECT_API_URL: facts.url, ...env }),
  };
}

/** The connection is the turn: it stays open until this process ends. */
async function takeTurn(address: string): Promise<PrefectFacts> {
  const [reply] = (await once(get(address), "response")) as [IncomingMessage];
  if (reply.statusCode !== 200) throw new Error(await text(reply));
  const [line] = (await once(createInterface(reply), "line")) as [string];
  reply.socket.unref();
  return JSON.parse(line) as PrefectFacts;
}
