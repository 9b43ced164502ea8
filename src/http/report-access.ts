// Who sends and who sees reports: admitted, counted and written down in one place, so that no route can forget it.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Audit } from "../core/audit.ts";
import { ANONYMOUS, type Caller } from "../core/caller.ts";
import { Denied } from "../core/denied.ts";
import { noSuchReport, type ReportDesk, type ReportDetail, type ReportPage } from "../core/report-desk.ts";
import type { BeforeAsking, Reporter, ReportGate } from "../core/report-gate.ts";
import { pathOf } from "./edges.ts";
import type { ListFilter } from "./report-request.ts";

export interface ReportAccess {
  readonly gate: ReportGate;
  /** By AUTH_MODE. @throws Denied */
  callerOf(request: FastifyRequest): Promise<Caller>;
  /** Their methods throw Denied. */
  readonly limits: {
    calls(caller: Caller, n: number): Promise<void>;
    address(address: string): Promise<void>;
    /** Counts nothing. */
    spare(address: string): Promise<void>;
  };
  readonly audit: Audit;
}

const MODULE = "reports";
/** So many namespaces are asked about at a time. */
const AT_ONCE = 16;
/** As nginx calls a client that did not wait for its answer. */
const CLIENT_WENT = 499;

/** What the audit shows of a request; routes fill it as they learn it. */
interface Visit {
  caller: Caller | undefined;
  arguments: unknown;
  reportId: string | undefined;
}

export class ReportDoor {
  readonly #access: ReportAccess;
  readonly #visits = new WeakMap<FastifyRequest, Visit>();

  constructor(access: ReportAccess) {
    this.#access = access;
  }

  /** Who sends this report. @throws Denied */
  async reporter(request: FastifyRequest, reply: FastifyReply, body: Uint8Array): Promise<Reporter> {
    return this.#enter(
      request,
      reply,
      await this.#access.gate.reporter({ headers: request.headers, body }, this.#spare(request)),
    );
  }

  /** Who wants to see or change reports: a caller with the right to all of them, or one who reports. @throws Denied */
  async viewer(request: FastifyRequest, reply: FastifyReply, wanted: "read" | "write"): Promise<Reporter> {
    return this.#enter(request, reply, await this.#viewer(request, wanted));
  }

  /** For the audit: what was asked, and which report it came to. */
  note(request: FastifyRequest, known: Partial<Pick<Visit, "arguments" | "reportId">>): void {
    Object.assign(this.#visits.get(request) ?? {}, known);
  }

  /** What a refused caller is told: that, or that its address asks too often. */
  async refusal(request: FastifyRequest, denied: Denied): Promise<Denied> {
    const { audit, limits } = this.#access;
    const caller = this.#visits.get(request)?.caller;
    this.#visits.delete(request);
    const { ip: address } = request;
    const said =
      denied.status === 401 || denied.status === 403 ? await limits.address(address).then(() => denied, keep) : denied;
    audit.refused({
      caller,
      door: MODULE,
      route: routeOf(request),
      status: said.status,
      reason: said.message,
      address,
    });
    return said;
  }

  async #viewer(request: FastifyRequest, wanted: "read" | "write"): Promise<Reporter> {
    let refusal = new Denied(
      403,
      `you may not ${wanted === "read" ? "see" : "change"} reports; ACCESS_PATH can allow it`,
    );
    try {
      const caller = await this.#access.callerOf(request);
      if (caller.rights.may(MODULE, wanted)) return { caller };
    } catch (error) {
      refusal = keep(error);
    }
    const reader = await this.#access.gate.reader(request.headers.authorization, this.#spare(request));
    if (reader === undefined) throw refusal;
    return reader;
  }

  #spare({ ip }: FastifyRequest): BeforeAsking {
    return () => this.#access.limits.spare(ip);
  }

  async #enter(request: FastifyRequest, reply: FastifyReply, who: Reporter): Promise<Reporter> {
    const { limits } = this.#access;
    const caller = { ...who.caller, address: request.ip };
    const visit: Visit = { caller, arguments: undefined, reportId: undefined };
    this.#visits.set(request, visit);
    if (caller.id === ANONYMOUS.id) await limits.address(request.ip);
    else await limits.calls(caller, 1);
    reply.raw.once("close", () => this.#leave(request, reply));
    return { ...who, caller };
  }

  /** Not on Fastify's onResponse, which does not come when the client goes. */
  #leave(request: FastifyRequest, reply: FastifyReply): void {
    const visit = this.#visits.get(request);
    if (visit === undefined) return;
    this.#access.audit.report({
      ...visit,
      route: routeOf(request),
      status: reply.raw.writableEnded ? reply.statusCode : CLIENT_WENT,
      address: request.ip,
      durationMs: Math.round(reply.elapsedTime),
      bytes: Number(reply.getHeader("content-length") ?? 0),
    });
  }
}

const keep = (error: unknown): Denied => {
  if (error instanceof Denied) return error;
  throw error;
};

const routeOf = (request: FastifyRequest): string => `${request.method} ${pathOf(request)}`;

/** @throws Denied 403, the same for a namespace that is not the reporter's and for one that is not there */
export async function checkNamespace({ mayRead }: Reporter, namespace: string, cluster: string | undefined) {
  if (mayRead === undefined || (cluster === undefined && (await mayRead(namespace)))) return;
  throw new Denied(403, "you may not report for this namespace: that takes the right to get pods/log there yourself");
}

/** @throws ToolFailure not-found, the same for a report that is not there and for one that is not the viewer's */
export async function visibleReport(desk: ReportDesk, id: string, { mayRead }: Reporter): Promise<ReportDetail> {
  const report = await desk.get(id);
  if (mayRead === undefined || (report.cluster === undefined && (await mayRead(report.namespace)))) return report;
  throw noSuchReport(id);
}

/** Those that the viewer may see, with their exact total. */
export async function visibleReports(desk: ReportDesk, filter: ListFilter, { mayRead }: Reporter): Promise<ReportPage> {
  if (mayRead === undefined) return desk.list(filter);
  const asked = filter.namespace === undefined ? await desk.namespaces() : [filter.namespace];
  const namespaces: string[] = [];
  for (let from = 0; from < asked.length; from += AT_ONCE) {
    const some = asked.slice(from, from + AT_ONCE);
    // oxlint-disable-next-line no-await-in-loop -- a few at a time: each may be a question to the cluster
    const answers = await Promise.all(some.map(mayRead));
    namespaces.push(...some.filter((_name, at) => answers[at]));
  }
  return desk.list({ ...filter, namespaces });
}
