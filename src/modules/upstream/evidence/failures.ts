// How kubernetes-mcp-server says that the cluster refused: a sentence of client-go. From it come the codes that an inquiry reads.
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";

const MAX_SAID = 1_000;

type Verdict = readonly [words: RegExp, kind: FailureKind, code: string];

/** In this order: a container that is not found is not a pod that is not found. */
const VERDICTS: readonly Verdict[] = [
  [
    /previous terminated container|is waiting to start|is not valid for pod|container name must be specified/,
    "invalid",
    "BAD_REQUEST",
  ],
  [/resource not allowed: /, "denied", "NOT_ALLOWED"],
  [/is forbidden: /, "denied", "FORBIDDEN"],
  [/no matches for kind |could not find the requested resource/, "not-found", "NOT_SERVED"],
  [/^[^\n]{0,400}?"[^"\n]{1,253}" not found/, "not-found", "NOT_FOUND"],
  [/\bUnauthorized\b|must be logged in/, "denied", "UNAUTHORIZED"],
  [
    /too many requests|connection refused|connection reset|deadline exceeded|i\/o timeout|TLS handshake|currently unable|unexpected EOF|: EOF|etcdserver|rate limit/i,
    "unavailable",
    "SERVER_ERROR",
  ],
];

/** The failure for a call that the server answered with an error. `said` is hostile text. */
export function refusal(server: string, said: string): ToolFailure {
  const words = said.slice(0, 4_096).trim();
  const [, kind, code] = VERDICTS.find(([pattern]) => pattern.test(words)) ?? [/./, "unavailable", "UNEXPECTED"];
  return new ToolFailure(kind, `the MCP server ${server}: ${oneLine(words, MAX_SAID)}`, { code });
}

export const unreadable = (server: string, tool: string): ToolFailure =>
  new ToolFailure("unavailable", `the MCP server ${server}: the answer of ${tool} cannot be read`, {
    code: "UNEXPECTED",
  });

export const notOffered = (server: string, tool: string): ToolFailure =>
  new ToolFailure("unavailable", `the MCP server ${server} does not offer ${tool}`, { code: "UNEXPECTED" });
