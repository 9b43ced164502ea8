// A hub with one datasource behind a scriptable Prometheus, for the tests of the query tools; both end with the test.
import { onTestFinished } from "vitest";
import { fixedClock, type TestHub } from "../../support/modules.ts";
import { startPrometheusMock, type PrometheusMock } from "../../support/prometheus-mock.ts";
import { startWithDatasources } from "./start.ts";

/** The hub's clock in these tests: noon. */
export const NOON = Date.parse("2026-11-25T12:00:00Z") / 1000;

export interface QueryHub extends TestHub {
  prometheus: PrometheusMock;
  /** The paths that were asked, in order. */
  paths(): string[];
  /** The parameters of the n-th request. */
  sent(n: number): Record<string, string>;
  /** The value of a call that must succeed. */
  ask(tool: string, input: object): Promise<Record<string, unknown>>;
}

export async function startQueryHub(datasource: object = {}, env: Record<string, string> = {}): Promise<QueryHub> {
  const prometheus = await startPrometheusMock();
  const hub = await startWithDatasources([{ name: "main", url: prometheus.url, ...datasource }], {
    clock: fixedClock(),
    env,
  });
  onTestFinished(async () => {
    await hub.close();
    await prometheus.close();
  });
  return {
    ...hub,
    prometheus,
    paths: () => prometheus.requests.map(({ path }) => path),
    sent: (n) => Object.fromEntries(prometheus.requests[n]?.params ?? []),
    ask: async (tool, input) => {
      const { isError, text, structured } = await hub.call(tool, input);
      if (isError) throw new Error(text);
      const parsed: unknown = JSON.parse(text); // the text is the whole answer
      if (JSON.stringify(parsed) !== JSON.stringify(structured)) throw new Error("text and structured differ");
      return structured;
    },
  };
}
