// POST /report-failure as the seed's agent answers it, and the reports that came in: GET /reports, /reports/{id}, retry, cancel.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { Denied } from "../core/denied.ts";
import { ToolFailure } from "../core/failure.ts";
import type { InFlight } from "../core/in-flight.ts";
import type { JsonObject } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import type { Trail } from "../core/trail.ts";
import { resultLine, type ReportDesk, type ReportView } from "../core/report-desk.ts";
import { parseBody } from "./detail.ts";
import { MAX_BODY_BYTES, sendError } from "./report-errors.ts";
import { checkNamespace, ReportDoor, visibleReport, visibleReports, type ReportAccess } from "./report-access.ts";
import { idempotencyKey, listFilter, reportBody, toRequest } from "./report-request.ts";
import { traced } from "./traced.ts";

export interface ReportRoutesOptions {
  /** Undefined while no module takes reports. */
  readonly desk: (() => ReportDesk) | undefined;
  readonly access: ReportAccess;
  /** How long a caller waits for the issue. */
  readonly waitMs: number;
  /** Only `status` and `result` in a success. */
  readonly isSeedStrict: boolean;
  /** Fires when the hub stops: who waits is told where the report is. */
  readonly stopping: AbortSignal;
  readonly inFlight: InFlight;
  readonly log: Log;
  readonly trail: Trail;
}

const OFF =
  "this hub takes no failure reports; the operator sets GITEA_HOST and GITEA_ACCESS_TOKEN, or MCP_GITEA_URL; see /health";

export function addReportRoutes(main: FastifyInstance, options: ReportRoutesOptions): void {
  const desk = options.desk ?? noDesk;
  const door = new ReportDoor(options.access);
  void main.register(async (app) => {
    // any body that is JSON is welcome, whatever its type says, and be it no type at all: `curl -d` calls it a form
    app.removeAllContentTypeParsers();
    app.addHook("onRequest", (request, _reply, done) => {
      request.headers["content-type"] = "application/json";
      done();
    });
    app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES }, (_request, bytes, done) =>
      done(null, bytes),
    );
    app.setErrorHandler(async (error, request, reply) => {
      const said = error instanceof Denied ? await door.refusal(request, error) : error;
      return sendError(said, request, reply, options.log);
    });
    app.post("/report-failure", (request, reply) =>
      traced(options.trail, request, reply, () => report(request, reply, { ...options, desk, door })),
    );
    app.get("/reports", async (request, reply) => {
      const viewer = await door.viewer(request, reply, "read");
      const filter = listFilter(queryOf(request));
      door.note(request, { arguments: filter });
      return visibleReports(desk(), filter, viewer);
    });
    app.get("/reports/:id", async (request, reply) => {
      const viewer = await door.viewer(request, reply, "read");
      return visibleReport(desk(), idOf(request), viewer);
    });
    for (const [verb, status] of [
      ["retry", 202],
      ["cancel", 200],
    ] as const) {
      app.post(`/reports/:id/${verb}`, async (request, reply) => {
        const viewer = await door.viewer(request, reply, "write");
        const { report_id: id } = await visibleReport(desk(), idOf(request), viewer);
        return reply.code(status).send(await desk()[verb](id));
      });
    }
    for (const url of ["/report-failure", "/reports/:id/retry", "/reports/:id/cancel"]) refuseOthers(app, url, "POST");
    for (const url of ["/reports", "/reports/:id"]) refuseOthers(app, url, "GET, HEAD");
  });
}

function noDesk(): never {
  throw new ToolFailure("unavailable", OFF);
}

interface ReportOptions extends Omit<ReportRoutesOptions, "desk"> {
  readonly desk: () => ReportDesk;
  readonly door: ReportDoor;
}

async function report(
  request: FastifyRequest,
  reply: FastifyReply,
  { waitMs, isSeedStrict, stopping, inFlight, ...options }: ReportOptions,
): Promise<FastifyReply> {
  const { door } = options;
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const reporter = await door.reporter(request, reply, bytes);
  const sent = toRequest(parseBody(bytes.toString("utf8"), reportBody));
  door.note(request, { arguments: sent });
  await checkNamespace(reporter, sent.namespace, sent.cluster);
  const desk = options.desk();
  reply.raw.once("close", inFlight.enter());
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  const submitted = await desk.submit({ ...sent, idempotencyKey: idempotencyKey(request.headers) }, stopping);
  const id = submitted.report.report_id;
  door.note(request, { reportId: id });
  const { isAsync, waitMs: preferred } = preferences(request);
  if (isAsync) return accepted(reply.header("preference-applied", "respond-async"), submitted.report);
  const wait = Math.min(waitMs, preferred ?? waitMs);
  const signal = AbortSignal.any([stopping, gone.signal]);
  const view = await desk.settled(id, wait, signal).catch((error: unknown) => {
    if (signal.aborted) return submitted.report;
    throw error;
  });
  if (view.state === "filed") return filed(reply, view, { isSeedStrict, isNew: submitted.isNew });
  if (view.state === "dead" || view.state === "cancelled") {
    const why = view.state === "dead" ? `could not be filed: ${view.last_error ?? "no reason known"}` : "was cancelled";
    return reply
      .code(500)
      .send({ detail: `report ${id} ${why}; see /reports/${id}`, report_id: id, state: view.state });
  }
  return accepted(reply, view);
}

function filed(
  reply: FastifyReply,
  view: ReportView,
  { isSeedStrict, isNew }: { isSeedStrict: boolean; isNew: boolean },
): FastifyReply {
  const seed = { status: "success", result: resultLine(view) };
  if (isSeedStrict) return reply.send(seed);
  const { report_id, state, outcome, issue, analysis, deduplicated } = view;
  return reply.send({ ...seed, report_id, state, outcome, issue, analysis, deduplicated: deduplicated || !isNew });
}

function accepted(reply: FastifyReply, { report_id, state }: ReportView): FastifyReply {
  const url = `/reports/${report_id}`;
  const body = { status: "accepted", result: `Report ${report_id} stored`, report_id, state, url };
  return reply.code(202).header("location", url).send(body);
}

/** `?mode=async`, or RFC 7240: `Prefer: respond-async`, `Prefer: wait=10`. */
function preferences(request: FastifyRequest): { isAsync: boolean; waitMs: number | undefined } {
  const prefer = [request.headers["prefer"] ?? ""].flat().join(",").slice(0, 500).toLowerCase();
  const wait = /(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])/.exec(prefer)?.[1];
  const words = prefer.split(/[,;]/).map((word) => word.trim());
  return {
    isAsync: queryOf(request)["mode"] === "async" || words.includes("respond-async"),
    waitMs: wait === undefined ? undefined : Number(wait) * 1_000,
  };
}

const queryOf = ({ query }: FastifyRequest): JsonObject => z.record(z.string(), z.unknown()).parse(query);

const idOf = ({ params }: FastifyRequest): string => z.object({ id: z.string().max(100) }).parse(params).id;

function refuseOthers(app: FastifyInstance, url: string, allow: string): void {
  const known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
  app.route({
    method: known.filter((method) => !allow.includes(method)),
    url,
    handler: (_request, reply) => reply.code(405).header("allow", allow).send({ detail: "Method Not Allowed" }),
  });
}
