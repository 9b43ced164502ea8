// list_datasources: which Prometheus servers there are; with `check`, which of them answer.
import { z } from "zod";
import type { Tool } from "../../../core/tool.ts";
import type { Datasource } from "../datasource.ts";
import { PROBE_LIMIT_MS, probe, type Probe } from "../datasources/probe.ts";
import { envelope, prometheusTool, success, type Kit } from "../kit.ts";
import { pageOutput, roomFor, takePage } from "../lists/paging.ts";

/** Entries of one page, and how many warnings about the file are shown. */
const PAGE = 100;
const MAX_PROBLEMS = 10;

const entry = z.looseObject({
  id: z.string().describe("What other tools take as datasource_id"),
  name: z.string(),
  url: z.string(),
  type: z.literal("prometheus"),
  is_default: z.boolean(),
  has_auth: z.boolean().describe("True when credentials or tenant headers are sent to it"),
  uid: z.string().optional(),
  version: z.string().optional().describe("The server's version, where it tells (check)"),
  reachable: z.boolean().optional().describe("Did it answer query=1 (check)"),
  latency_ms: z.number().optional(),
  error: z.string().optional().describe("Why it did not answer (check)"),
});

export const listDatasources = (kit: Kit): Tool =>
  prometheusTool({
    name: "list_datasources",
    title: "List datasources",
    description:
      "Lists the Prometheus servers this hub can ask, with the name that other tools take as datasource_id. " +
      "Use it first when you do not know the name. " +
      `With check=true each one is asked for its version and whether it answers, all in parallel, ${PROBE_LIMIT_MS / 1_000} s at most.`,
    openWorld: false,
    input: z.strictObject({
      check: z.boolean().default(false).describe("Also ask each datasource whether it answers, and its version"),
      offset: z
        .number()
        .int()
        .min(0)
        .max(100_000)
        .default(0)
        .describe(`Skip this many datasources, when there are more than a page of ${PAGE}; see next_offset`),
    }),
    output: envelope({
      data: z.array(entry),
      ...pageOutput,
      problems: z.array(z.string()).optional().describe("What is wrong in the datasource file, for the operator"),
    }),
    run: async ({ check, offset }, { signal, budget }) => {
      const all = kit.datasources.list();
      const problems = kit.datasources.problems().slice(0, MAX_PROBLEMS);
      const asked = check ? all.slice(offset, offset + PAGE) : [];
      const probes = await Promise.all(asked.map((datasource) => probe(kit, datasource, signal)));
      const roomBytes = roomFor(budget.textBytes, problems);
      const page = takePage(all, { offset, limit: PAGE, roomBytes }, (datasource) => ({
        ...describe(datasource),
        ...checked(probes.find((each) => each.datasource === datasource)),
      }));
      return success(kit, undefined, { ...page, data: [...page.data], ...(problems.length === 0 ? {} : { problems }) });
    },
  });

const describe = (datasource: Datasource) => ({
  id: datasource.name,
  name: datasource.name,
  url: datasource.url,
  type: "prometheus" as const,
  is_default: datasource.isDefault,
  has_auth: datasource.headers.length > 0 || datasource.tls.cert !== undefined,
  ...(datasource.uid === undefined ? {} : { uid: datasource.uid }),
});

function checked(probe: Probe | undefined) {
  if (probe === undefined) return {};
  return {
    reachable: probe.failure === undefined,
    latency_ms: probe.latencyMs,
    ...(probe.build?.version === undefined ? {} : { version: probe.build.version }),
    ...(probe.failure === undefined ? {} : { error: probe.failure.message.slice(0, 300) }),
  };
}
