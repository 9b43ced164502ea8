// The module before a stand-in of its own, whose clock stands where the rows were captured. After each test everything is closed, and
// no body may have held a key that Prefect would have ignored.
import { afterEach } from "vitest";
import { prefect } from "../../../src/modules/prefect/index.ts";
import { fixedClock, startModule, type TestHub } from "../../support/modules.ts";
import { startPrefectStandIn, type PrefectStandIn, type StandInOptions } from "../../support/prefect-stand-in.ts";

export interface Started extends Omit<TestHub, "call"> {
  readonly call: (...args: Parameters<TestHub["call"]>) => ReturnType<TestHub["call"]>;
  server: PrefectStandIn;
  clock: ReturnType<typeof fixedClock>;
}

const open: Started[] = [];
const PATIENT = { PREFECT_TIMEOUT_SECONDS: "15" };

/** `env` is added to PREFECT_API_URL and a timeout that no busy machine meets. */
export async function startWithPrefect(
  options: StandInOptions = {},
  env: Record<string, string> = {},
): Promise<Started> {
  const server = await startPrefectStandIn(options);
  const clock = fixedClock(Date.parse(server.world.captured_at));
  const hub = await startModule(prefect, { PREFECT_API_URL: server.url, ...PATIENT, ...env }, clock);
  const started = { ...hub, server, clock };
  open.push(started);
  return started;
}

/** The same with a timeout of 1 s: for a Prefect that hangs, and for nothing else. */
export const startHurried: typeof startWithPrefect = (options, env) =>
  startWithPrefect(options, { PREFECT_TIMEOUT_SECONDS: "1", ...env });

afterEach(async () => {
  const ending = open.splice(0);
  await Promise.all(ending.map((one) => one.close()));
  await Promise.all(ending.map(({ server }) => server.close()));
  const ignored = ending.flatMap(({ server }) => server.unknownKeys);
  if (ignored.length > 0)
    throw new Error(`Prefect ignores what it does not know, and answers unfiltered: ${ignored.join("; ")}`);
});
