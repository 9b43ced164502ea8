// The Prefect that prefect-ground.ts hands out. Starting and seeding it takes about a minute, so it is done when a test file first asks:
// in the process of the global setup, which outlives the files, over a loopback address that they are told. Files count what is there,
// so one has it at a time: from its question until its process ends and the connection with it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectPrefect } from "./prefect-api.ts";
import { seedPrefect, type Seeded } from "./prefect-seed.ts";
import { startPrefect } from "./prefect.ts";
import { until } from "./wait.ts";

export interface PrefectFacts {
  /** PREFECT_API_URL. */
  url: string;
  seeded: Seeded;
}

interface Seeding {
  facts: PrefectFacts;
  close(): Promise<void>;
}

export interface PrefectStarter {
  /** Whoever asks it gets PrefectFacts as a line, when it is its turn; or the reason why there are none. */
  address: string;
  close(): Promise<void>;
}

export async function createPrefectStarter(): Promise<PrefectStarter> {
  let started: Promise<Seeding> | undefined;
  let lastTurn = Promise.resolve();
  const server = createServer((_, response) => {
    const { promise: over, resolve: pass } = Promise.withResolvers<void>();
    response.once("close", pass);
    const turn = lastTurn;
    lastTurn = turn.then(() => over);
    started ??= startSeeded();
    turn
      .then(() => started)
      .then(
        (seeding) => response.write(`${JSON.stringify(seeding?.facts)}\n`), // and it stays open
        (cause: unknown) => response.writeHead(500).end(String(cause)),
      );
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      const running = await started?.catch(() => undefined);
      await running?.close();
    },
  };
}

async function startSeeded(): Promise<Seeding> {
  const server = await startPrefect();
  try {
    const api = await connectPrefect(server.url);
    const seeded = await seedPrefect(api);
    await until("six late runs", 60_000, async () => {
      const late = await api.post("flow_runs/count", { flow_runs: { state: { name: { any_: ["Late"] } } } });
      return late === 6 ? true : undefined;
    });
    return { facts: { url: server.url, seeded }, close: () => server.close() };
  } catch (cause) {
    await server.close();
    throw cause;
  }
}
