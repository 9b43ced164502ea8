// check_datasource: is one Prometheus reachable, does it let us in, is its clock right, how long is its certificate good?
import { z } from "zod";
import { rfc3339 } from "../../../core/clock.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Tool } from "../../../core/tool.ts";
import type { Datasource } from "../datasource.ts";
import { inspectCertificate, type Certificate } from "../datasources/certificate.ts";
import { PROBE_LIMIT_MS, probe, type Probe } from "../datasources/probe.ts";
import { datasourceId, envelope, prometheusTool, success, type Kit } from "../kit.ts";

/** Beyond this, `now` here and there differ by more than a usual scrape delay. */
const MAX_SKEW_S = 5;
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

const AUTH_RESULTS = ["accepted", "not needed", "refused", "forbidden", "unknown"] as const;

const report = z.looseObject({
  ok: z.boolean().describe("True when nothing is wrong"),
  url: z.string(),
  query: z.looseObject({ ok: z.boolean(), latency_ms: z.number() }).describe("The answer to query=1"),
  auth: z.looseObject({
    sends: z.array(z.string()).describe("Names of the headers sent, and `client certificate`"),
    result: z.enum(AUTH_RESULTS),
  }),
  build: z.looseObject({}).optional(),
  clock: z.looseObject({ skew_seconds: z.number().describe("Server's clock minus the hub's") }).optional(),
  tls: z.looseObject({ verified: z.boolean() }).optional(),
});

export const checkDatasource = (kit: Kit): Tool =>
  prometheusTool({
    name: "check_datasource",
    title: "Check a datasource",
    description:
      "Checks one Prometheus server: whether it answers, its version, whether our credentials are accepted, " +
      "how far its clock is off, and who issued its certificate and when that expires. " +
      "Use it when queries fail or come back empty for no visible reason. " +
      `Takes ${PROBE_LIMIT_MS / 1_000} s at most.`,
    input: z.strictObject({ datasource_id: datasourceId }),
    output: envelope({
      data: report,
      findings: z.array(z.string()).describe("What is wrong and what to do about it; empty when all is well"),
    }),
    run: async ({ datasource_id }, { signal }) => {
      const datasource = kit.datasources.find(datasource_id);
      const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_LIMIT_MS)]);
      const [probed, certificate] = await Promise.all([
        probe(kit, datasource, signal),
        inspectCertificate(datasource, limit),
      ]);
      const findings = [
        ...queryFindings(probed),
        ...clockFindings(probed),
        ...tlsFindings(datasource, certificate, kit.clock.now()),
        ...kit.datasources.problems().filter((problem) => problem.startsWith(`datasource "${datasource.name}":`)),
      ];
      const data = { ok: findings.length === 0, ...describe(kit, probed, certificate) };
      return success(kit, datasource, { data, findings });
    },
  });

function describe(kit: Kit, probed: Probe, certificate: Certificate | undefined) {
  const { datasource, failure, latencyMs, skewSeconds, build } = probed;
  const now = kit.clock.now();
  return {
    url: datasource.url,
    query: {
      ok: failure === undefined,
      latency_ms: latencyMs,
      ...(failure === undefined ? {} : { error: failure.message, ...failure.details }),
    },
    auth: { sends: credentials(datasource), result: authResult(probed) },
    ...(build === undefined ? {} : { build: { ...build } satisfies JsonObject }),
    ...(skewSeconds === undefined
      ? {}
      : {
          clock: { skew_seconds: skewSeconds, server_time: rfc3339(now + skewSeconds * 1_000), hub_time: rfc3339(now) },
        }),
    ...(certificate === undefined ? {} : { tls: { ...certificate, ...daysLeft(certificate, now) } }),
  };
}

const credentials = ({ headers, tls }: Datasource): string[] => [
  ...headers.map(([name]) => name),
  ...(tls.cert === undefined ? [] : ["client certificate"]),
];

function authResult({ datasource, failure }: Probe): (typeof AUTH_RESULTS)[number] {
  if (failure === undefined) return credentials(datasource).length > 0 ? "accepted" : "not needed";
  const status = failure.details["http_status"];
  if (status === 401) return "refused";
  return status === 403 ? "forbidden" : "unknown";
}

function queryFindings({ failure }: Probe): string[] {
  if (failure === undefined) return [];
  const hint = failure.details["hint"];
  return [typeof hint === "string" ? `${failure.message} ${hint}` : failure.message];
}

function clockFindings({ skewSeconds, latencyMs }: Probe): string[] {
  if (skewSeconds === undefined || Math.abs(skewSeconds) <= MAX_SKEW_S + latencyMs / 1_000) return [];
  const side = skewSeconds > 0 ? "ahead of" : "behind";
  return [
    `The server's clock is ${Math.abs(skewSeconds)} s ${side} the hub's: relative times such as now-1h are off by that much; ` +
      "give absolute times, and have the operator check NTP on both.",
  ];
}

function tlsFindings({ tls }: Datasource, certificate: Certificate | undefined, now: number): string[] {
  if (certificate === undefined) return [];
  const days = daysLeft(certificate, now).days_left;
  const findings: string[] = [];
  if (!certificate.verified && !tls.skipVerify) {
    findings.push(
      `The certificate is not trusted (${certificate.problem ?? "unknown reason"}); see tlsAuthWithCACert and serverName.`,
    );
  }
  if (days !== undefined && days < SOON_DAYS) {
    findings.push(days < 0 ? `The certificate expired ${-days} days ago.` : `The certificate expires in ${days} days.`);
  }
  return findings;
}

const daysLeft = ({ expires }: Certificate, now: number): { days_left?: number } =>
  expires === undefined ? {} : { days_left: Math.floor((Date.parse(expires) - now) / DAY_MS) };
