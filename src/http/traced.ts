// One HTTP request as a span: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
import type { FastifyReply, FastifyRequest } from "fastify";
import { carrierIn, type Trail } from "../core/trail.ts";
import { statusOf } from "./report-errors.ts";

/** What the work throws is an answer too: the error handler tells it later on. Only answers of 500 and more mark the span. */
export async function traced(
  trail: Trail,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<unknown>,
): Promise<unknown> {
  if (!trail.isTraced) return work();
  const { method, protocol, routeOptions } = request;
  const route = routeOptions.url ?? "";
  const attributes = { "http.request.method": method, "http.route": route, "url.path": route, "url.scheme": protocol };
  const start = { name: `${method} ${route}`, kind: "server" as const, attributes, from: [carrierIn(request.headers)] };
  const ended = await trail.span(start, async (span) => {
    const [result] = await Promise.allSettled([work()]);
    const status = result.status === "fulfilled" ? reply.statusCode : statusOf(result.reason);
    span.set({ "http.response.status_code": status });
    if (status >= 500) span.fail(String(status));
    return result;
  });
  if (ended.status === "fulfilled") return ended.value;
  throw ended.reason;
}
