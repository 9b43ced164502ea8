// A Gitea to try the issues API with, on loopback. It refuses what Gitea 1.2x refuses, drops what Gitea drops, and fails on cue. Stricter
// in one thing: an unknown body key or query parameter, which Gitea ignores, is an error here, so that no test passes on a typo.
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { reply } from "./gitea-stand-in/api.ts";
import { parse, type Call } from "./gitea-stand-in/reading.ts";
import type { Fault, IssueState, Recorded, Reply, RepoState, StandInOptions } from "./gitea-stand-in/state.ts";
import { World } from "./gitea-stand-in/world.ts";

export type { Fault, IssueState, RepoState, StandInOptions } from "./gitea-stand-in/state.ts";

export interface GiteaStandIn {
  url: string;
  requests: Recorded[];
  repo(fullName: string): RepoState;
  /** Puts an issue there, as if it had always been. */
  seed(fullName: string, issue: Partial<IssueState>): IssueState;
  /** The next `times` requests of this method whose path matches fail so. */
  fail(method: string, path: RegExp, fault: Fault, times?: number): void;
  /** Lets the search index catch up; until then new issues are missing there. */
  index(): void;
  writes(): Recorded[];
  close(): Promise<void>;
}

export async function startGitea(options: StandInOptions = {}): Promise<GiteaStandIn> {
  const world = new World(options);
  const faults: { method: string; path: RegExp; fault: Fault; times: number }[] = [];
  const requests: Recorded[] = [];
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? "/", "http://gitea.test");
    const call: Call = {
      method: incoming.method ?? "",
      url,
      headers: incoming.headers,
      text: await readText(incoming),
    };
    const path = `${url.pathname.replace(/^\/api\/v1/, "")}${url.search}`;
    requests.push({ method: call.method, path, headers: call.headers, json: parse(call.text) });
    const due = faults.find((one) => one.times > 0 && one.method === call.method && one.path.test(path));
    if (due !== undefined) due.times -= 1;
    await answer(response, due?.fault, () => reply(world, call));
  };
  const listener: RequestListener = (incoming, response) => {
    void serve(incoming, response).catch(() => response.destroy());
  };
  const { tls } = options;
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  world.url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: world.url,
    requests,
    repo: (fullName) => world.repos.get(fullName)!,
    seed: (fullName, issue) => world.add(world.repos.get(fullName)!, issue, true),
    fail: (method, path, fault, times = 1) => void faults.push({ method, path, fault, times }),
    index: () => world.index(),
    writes: () => requests.filter(({ method }) => method !== "GET"),
    close: () => closeServer(server),
  };
}

async function answer(response: ServerResponse, fault: Fault | undefined, work: () => Reply): Promise<void> {
  if (fault === "hang") return;
  if (fault === "reset") return void response.destroy();
  const { status, body = "", headers } = typeof fault === "object" ? fault : work();
  if (fault === "hang-after") return;
  if (fault === "reset-after") return void response.destroy();
  const type = typeof body === "string" ? {} : { "content-type": "application/json;charset=utf-8" };
  response.writeHead(status, { ...type, ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}
