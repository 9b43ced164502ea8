// Who comes in: the gate, the report gate, the limits and the audit, joined to what the doors ask of them.
import type { FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { createAudit, type OpenAudit } from "../audit/audit.ts";
import type { Output } from "../audit/sink.ts";
import { createGate, type Gate } from "../auth/gate.ts";
import { createLimits, type Limits } from "../auth/limits.ts";
import { createReportGate, type OpenedReportGate } from "../auth/reports.ts";
import { isLoopback, type Config } from "../config.ts";
import { ANONYMOUS, type Caller } from "../core/caller.ts";
import type { Clock } from "../core/clock.ts";
import { Denied } from "../core/denied.ts";
import type { Redactor } from "../core/redact.ts";
import type { Watches } from "../core/watch.ts";
import { pathOf } from "../http/edges.ts";
import type { ReportAccess } from "../http/report-access.ts";
import type { Doorkeeper } from "../mcp/routes.ts";

export interface EntranceOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly redactor: Redactor;
  readonly watch: Watches;
  /** Standard output for the audit; undefined when it belongs to somebody else. */
  readonly stdout: Output | undefined;
  /** The address clients use, asked at each request. */
  readonly publicUrl: () => string | undefined;
}

export interface Entrance {
  readonly gate: Gate;
  readonly limits: Limits;
  readonly audit: OpenAudit;
  readonly doorkeeper: Doorkeeper;
  readonly reports: ReportAccess;
  /** Raw credentials that it holds, to be taken out of all text. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

/** @throws ConfigError with every problem of the settings and of the files they name */
export async function openEntrance(options: EntranceOptions): Promise<Entrance> {
  const { config } = options;
  const audit = await createAudit({ ...options, target: config.audit.target });
  const { gate, reportGate } = await openGates(options);
  const limits = createLimits(config.limits, isLoopback(config.hub.host) && config.auth.mode === undefined);
  /** Guesses are over before the cluster is asked about them. */
  const callerOf = ({ headers, ip }: FastifyRequest) => gate.admit(headers.authorization, () => limits.spare(ip));
  const doorkeeper = keepDoors({ gate, callerOf, limits, audit });
  return {
    gate,
    limits,
    audit,
    doorkeeper,
    reports: { gate: reportGate, callerOf, limits, audit },
    secrets: () => [...gate.secrets(), ...reportGate.secrets()],
    close: async () => {
      await Promise.all([gate.close(), reportGate.close()]);
      await audit.close();
    },
  };
}

interface Gates {
  readonly gate: Gate;
  readonly reportGate: OpenedReportGate;
}

async function openGates({ config, clock, log, publicUrl, watch }: EntranceOptions): Promise<Gates> {
  const { auth, reports, hub, env } = config;
  const modules = config.modules.map(({ module }) => module.name);
  const common = { env, clock, watch, log: log.child({ part: "auth" }) };
  const gate = await createGate({
    ...common,
    settings: auth,
    publicUrl,
    modules,
    isApiShared: reports.modes.includes("k8s"),
  });
  const isLocal = isLoopback(hub.host);
  return {
    gate,
    reportGate: await createReportGate({ ...common, settings: reports, cluster: auth, isLoopback: isLocal }),
  };
}

interface Keys {
  readonly gate: Gate;
  readonly callerOf: (request: FastifyRequest) => Promise<Caller>;
  readonly limits: Limits;
  readonly audit: OpenAudit;
}

function keepDoors({ gate, callerOf, limits, audit }: Keys): Doorkeeper {
  /** The gate knows its own callers; ours have an address beside, each that of its last request. */
  const placed = new WeakMap<Caller, Caller>();
  const known = new WeakMap<Caller, Caller>();
  const place = (caller: Caller, address: string): Caller => {
    const before = placed.get(caller);
    if (before?.address === address) return before;
    const here = { ...caller, address };
    placed.set(caller, here);
    known.set(here, caller);
    return here;
  };
  return {
    async admit(request: FastifyRequest) {
      const { ip } = request;
      try {
        const caller = await callerOf(request);
        if (caller.id === ANONYMOUS.id) await limits.address(ip);
        return place(caller, ip);
      } catch (error) {
        if (error instanceof Denied && error.status !== 429) await limits.address(ip);
        throw error;
      }
    },
    isStill: (caller) => gate.isStill(known.get(caller) ?? caller),
    countCalls: (caller, calls) => (calls === 0 ? Promise.resolve() : limits.calls(caller, calls)),
    takeStream: (caller) => limits.stream(caller),
    onRefused: (request, { status, message: reason }, caller) => {
      const route = `${request.method} ${pathOf(request)}`;
      audit.refused({ caller, door: "mcp", route, status, reason, address: request.ip });
    },
  };
}
