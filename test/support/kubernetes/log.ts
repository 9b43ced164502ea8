// The log endpoint: its parameters, its refusals, and followers.
import type { ServerResponse } from "node:http";
import type { KubeObject, LogLine } from "./objects.ts";
import { allow, Refusal } from "./refusal.ts";

const LOG_PARAMETERS = [
  "container",
  "follow",
  "previous",
  "sinceSeconds",
  "sinceTime",
  "timestamps",
  "tailLines",
  "limitBytes",
  "pretty",
  "insecureSkipTLSVerifyBackend",
];

interface StatusShape {
  name: string;
  state?: { waiting?: { reason?: string; message?: string } };
}

/** By log; without a line it has ended. */
export type Followers = Map<string, Set<(line?: LogLine) => void>>;

export interface Logs {
  /** By `namespace/pod/container`, and with `/previous` behind it the run before. */
  readonly logs: ReadonlyMap<string, readonly LogLine[]>;
  readonly stalls: ReadonlySet<string>;
  readonly followers: Followers;
}

export function sendLog(
  response: ServerResponse,
  { logs, stalls, followers }: Logs,
  pod: KubeObject,
  query: URLSearchParams,
): void {
  allow(query, LOG_PARAMETERS);
  if (query.has("sinceSeconds") && query.has("sinceTime")) {
    throw new Refusal(
      422,
      "Invalid",
      'PodLogOptions is invalid: at most one of "sinceTime" or "sinceSeconds" may be specified',
    );
  }
  const { name, namespace } = pod.metadata;
  const { containers, initContainers = [] } = pod["spec"] as Record<string, { name: string }[] | undefined>;
  const names = (containers ?? []).map((one) => one.name);
  const initNames = initContainers.map((one) => one.name);
  const asked = query.get("container");
  if (asked === null && names.length > 1) {
    const init = initNames.length > 0 ? ` or one of the init containers: [${initNames.join(" ")}]` : "";
    throw new Refusal(
      400,
      "BadRequest",
      `a container name must be specified for pod ${name}, choose one of: [${names.join(" ")}]${init}`,
    );
  }
  const container = asked ?? names[0] ?? "";
  if (![...names, ...initNames].includes(container)) {
    throw new Refusal(400, "BadRequest", `container ${container} is not valid for pod ${name}`);
  }
  const status = (pod["status"] ?? {}) as Record<string, StatusShape[] | undefined>;
  const { state } =
    [...(status["initContainerStatuses"] ?? []), ...(status["containerStatuses"] ?? [])].find(
      (one) => one.name === container,
    ) ?? {};
  const isPrevious = query.get("previous") === "true";
  const key = `${namespace}/${name}/${container}`;
  const lines = logs.get(isPrevious ? `${key}/previous` : key);
  if (isPrevious && lines === undefined) {
    throw new Refusal(400, "BadRequest", `previous terminated container "${container}" in pod "${name}" not found`);
  }
  const waiting = state?.waiting?.reason;
  if (lines === undefined && waiting !== undefined) {
    const why =
      waiting === "ErrImagePull" || waiting === "ImagePullBackOff" ? "trying and failing to pull image" : waiting;
    throw new Refusal(400, "BadRequest", `container "${container}" in pod "${name}" is waiting to start: ${why}`);
  }
  if (stalls.has(key)) query.set("follow", "true");
  streamLog(response, key, lines ?? [], query, followers);
}

function streamLog(
  response: ServerResponse,
  key: string,
  lines: readonly LogLine[],
  query: URLSearchParams,
  followers: Followers,
): void {
  const since = query.get("sinceTime");
  const age = query.get("sinceSeconds");
  const newest = lines.at(-1)?.at ?? "";
  const after =
    since === null ? (age === null ? -Infinity : Date.parse(newest) - Number(age) * 1_000) : Date.parse(since);
  const recent = lines.filter(({ at }) => at === "" || Date.parse(at) >= after);
  const tail = query.get("tailLines");
  const shown = tail === null ? recent : Number(tail) === 0 ? [] : recent.slice(-Number(tail));
  const write = ({ at, text }: LogLine): void => {
    if (query.get("timestamps") === "true" && at !== "") response.write(`${at} `);
    response.write(typeof text === "string" ? `${text}\n` : text);
  };
  response.writeHead(200, { "content-type": "text/plain" });
  for (const line of shown) write(line);
  if (query.get("follow") !== "true") return void response.end();
  response.flushHeaders();
  const set = followers.get(key) ?? new Set();
  const send = (line?: LogLine): void => (line === undefined ? void response.end() : write(line));
  followers.set(key, set.add(send));
  response.on("close", () => set.delete(send));
}
