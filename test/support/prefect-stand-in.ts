// A Prefect to try the hub with, on loopback, from the rows of a real one: it filters, sorts, pages and counts as that does, and refuses
// what it refuses. Unknown keys at the top of a body are ignored, as there, but kept in `unknownKeys` so that tests can fail on them.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { createBodyCheck } from "./prefect/check-body.ts";
import { cloudRoute, CLOUD_PATH, type RateUsage } from "./prefect/cloud.ts";
import { createGate, type GateOptions } from "./prefect/gate.ts";
import { NOT_FOUND, route, type Answer, type Asked, type RouteOptions } from "./prefect/routes.ts";
import { readWorld, type Row, type World } from "./prefect/world.ts";

export { CLOUD_ACCOUNT, CLOUD_WORKSPACE } from "./prefect/cloud.ts";
export { emptyWorld, readWorld, type World } from "./prefect/world.ts";
export { enter } from "./prefect/writes.ts";

export interface StandInOptions extends GateOptions, Partial<RouteOptions> {
  /** A copy of its own by default. */
  world?: World;
  /** Behave as a Cloud workspace: Bearer, no /admin, no CSRF, and the account's endpoints. */
  cloud?: boolean;
  usage?: RateUsage;
  /** A free one by default. */
  port?: number;
}

export interface Recorded {
  method: string;
  /** Below /api (of Cloud: below the workspace), with its query. */
  path: string;
  headers: IncomingMessage["headers"];
  body: Row | undefined;
}

export type Fault = Answer | "hang" | "reset";

export interface PrefectStandIn {
  /** PREFECT_API_URL. */
  url: string;
  world: World;
  requests: Recorded[];
  /** What a body had at its top that the server does not know: `POST /flow_runs/filter: bogus`. Must stay empty. */
  unknownKeys: string[];
  /** The next `times` requests of this method whose path matches fail so. */
  fail(method: string, path: RegExp, fault: Fault, times?: number): void;
  /** Bodies sent to this path, in order. */
  bodies(path: string): (Row | undefined)[];
  close(): Promise<void>;
}

export async function startPrefectStandIn(options: StandInOptions = {}): Promise<PrefectStandIn> {
  const {
    world = readWorld(),
    cloud = false,
    usage,
    pageLimit = 200,
    hasSlots = true,
    now = () => world.captured_at,
  } = options;
  const gate = createGate(cloud ? { ...options, csrf: false } : options);
  const check = createBodyCheck();
  const requests: Recorded[] = [];
  const unknownKeys: string[] = [];
  const faults: { method: string; path: RegExp; fault: Fault; times: number }[] = [];

  const answerTo = (asked: Asked, headers: IncomingMessage["headers"], isWorkspace: boolean): Answer => {
    const refused = gate.admit(asked, headers);
    if (refused !== undefined) return refused;
    if (cloud && !isWorkspace) return cloudRoute(asked.path, asked.query, usage);
    if (cloud && asked.path.startsWith("/admin/")) return NOT_FOUND;
    if (asked.method === "POST" && !/\/(pause|resume)_deployment$/.test(asked.path)) {
      const found = check(asked.path, asked.body);
      unknownKeys.push(...found.unknownKeys.map((key) => `POST ${asked.path}: ${key}`));
      if (found.refusal !== undefined) return { status: 422, body: found.refusal };
    }
    return route(world, asked, { pageLimit, hasSlots, now });
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "/", "http://prefect.test");
    const text = await readText(incoming);
    const method = incoming.method ?? "";
    const below = url.pathname.replace(/^\/api(?=\/|$)/, "");
    const isApi = below !== url.pathname;
    const isWorkspace = !cloud || (below.startsWith(CLOUD_PATH) && below !== CLOUD_PATH);
    const path = cloud && isWorkspace ? below.slice(CLOUD_PATH.length) : below;
    const body: Row | undefined = text === "" ? undefined : JSON.parse(text);
    requests.push({ method, path: `${path}${url.search}`, headers: incoming.headers, body });
    const due = faults.find((one) => one.times > 0 && one.method === method && one.path.test(path));
    if (due !== undefined) due.times -= 1;
    if (due?.fault === "hang") return;
    if (due?.fault === "reset") return void response.destroy();
    const asked = { method, path, query: url.searchParams, body: body ?? {} };
    reply(response, due?.fault ?? (isApi ? answerTo(asked, incoming.headers, isWorkspace) : NOT_FOUND));
  };

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) =>
      reply(response, { status: 599, body: { detail: String(error) } }),
    );
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/api${cloud ? CLOUD_PATH : ""}`,
    world,
    requests,
    unknownKeys,
    fail: (method, path, fault, times = 1) => void faults.push({ method, path, fault, times }),
    bodies: (path) => requests.filter((one) => one.path === path).map((one) => one.body),
    close: () => closeServer(server),
  };
}

function reply(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const isText = typeof body === "string" && headers["content-type"] !== undefined;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : isText ? body : JSON.stringify(body));
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
