// What is counted, timed and traced of the requests to one upstream, whatever client sends them.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Attributes, Carrier, Span, SpanStart, Trail } from "./trail.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface WatchedRequest {
  readonly method: string;
  /** Without credentials; its query is never shown. */
  readonly url: URL;
}

export interface Watch {
  /** One HTTP request. `carrier` are headers that go with it; its outcome is the class of the status, or what was thrown. */
  request<T extends { readonly status: number }>(
    about: WatchedRequest,
    work: (carrier: Carrier) => Promise<T>,
  ): Promise<T>;
  /** One request of another protocol. `outcome` is a word of a few, `ok` for what went well. */
  exchange<T>(
    start: Omit<SpanStart, "kind">,
    outcome: (reply: T, span: Span) => string,
    work: (carrier: Carrier) => Promise<T>,
  ): Promise<T>;
  /** Counts a request that was given up before it was sent; `reason` is a word of a few, such as `busy`. */
  unsent(reason: string): void;
  /** Told +1 when a request begins to wait for its turn, and -1 when it no longer does. */
  waiting(change: 1 | -1): void;
}

/** For what is nobody's upstream, such as a test's server. */
export const UNWATCHED: Watch = {
  request: (_, work) => work({}),
  exchange: (_, __, work) => work({}),
  unsent: () => undefined,
  waiting: () => undefined,
};

/** `upstream` is the name in the metrics, such as that of a module. */
export type Watches = (upstream: string) => Watch;

const DURATION_BUCKETS_S = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export function createWatches(register: Registry, trail: Trail): Watches {
  const meters = createMeters(register);
  return (upstream) => {
    const counted = async <T>(start: SpanStart, judge: (reply: T, span: Span) => string, work: Work<T>): Promise<T> => {
      const stop = meters.durations.startTimer({ upstream });
      let outcome = "failed";
      try {
        return await trail.span(start, async (span) => {
          const reply = await work(trail.carrier).catch((error: unknown) => {
            if (error instanceof UpstreamError) span.fail((outcome = error.reason));
            throw error;
          });
          outcome = judge(reply, span);
          return reply;
        });
      } finally {
        stop();
        meters.requests.inc({ upstream, outcome });
      }
    };
    return {
      request: (about, work) =>
        counted({ name: about.method, kind: "client", attributes: attributesOf(upstream, about) }, judgeStatus, work),
      exchange: (start, outcome, work) => {
        const attributes = { "ops_hub.upstream": upstream, ...start.attributes };
        return counted({ ...start, kind: "client", attributes }, outcome, work);
      },
      unsent: (reason) => meters.requests.inc({ upstream, outcome: reason }),
      waiting: (change) => meters.waiting.inc({ upstream }, change),
    };
  };
}

type Work<T> = (carrier: Carrier) => Promise<T>;

function createMeters(register: Registry) {
  const common = { labelNames: ["upstream"] as const, registers: [register] };
  return {
    requests: new Counter({
      name: "ops_hub_upstream_requests_total",
      help: "Requests to upstreams by outcome: the class of the status (2xx), ok, or why there was no reply.",
      labelNames: ["upstream", "outcome"],
      registers: [register],
    }),
    durations: new Histogram({
      name: "ops_hub_upstream_request_duration_seconds",
      help: "How long requests to upstreams took, without the wait for their turn.",
      buckets: DURATION_BUCKETS_S,
      ...common,
    }),
    waiting: new Gauge({
      name: "ops_hub_upstream_requests_waiting",
      help: "Requests to upstreams that wait for their turn.",
      ...common,
    }),
  };
}

function judgeStatus({ status }: { readonly status: number }, span: Span): string {
  span.set({ "http.response.status_code": status });
  if (status >= 400) span.fail(String(status));
  return `${Math.floor(status / 100)}xx`;
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span, without the query: it may hold anything. */
function attributesOf(upstream: string, { method, url }: WatchedRequest): Attributes {
  return {
    "http.request.method": method,
    "url.full": `${url.origin}${url.pathname}`,
    ...serverOf(url),
    "ops_hub.upstream": upstream,
  };
}

/** Who is asked, as every client span says it. */
export const serverOf = ({ hostname, port, protocol }: URL): Attributes => ({
  "server.address": hostname,
  "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
});
