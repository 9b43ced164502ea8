// How Kubernetes' failures read: what it said, and what to do about it. Its texts are clipped; no address and no token stands in them.
import { z } from "zod";
import { oneLine } from "../../../core/clip.ts";
import { ToolFailure, type FailureKind } from "../../../core/failure.ts";
import type { UpstreamError } from "../../../core/upstream.ts";

/** What was asked, for the words of a failure. */
export interface Asked {
  readonly verb: "get" | "list";
  /** As RBAC spells it, with its group: `pods`, `pods/log`, `taskruns.tekton.dev`. */
  readonly resource: string;
  readonly name?: string | undefined;
  /** Undefined for the whole cluster. */
  readonly namespace?: string | undefined;
  readonly context: string;
}

/** The body of a refusal: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const statusBody = z.looseObject({
  kind: z.literal("Status"),
  message: z.string().optional(),
  reason: z.string().optional(),
  details: z.looseObject({ name: z.string().optional() }).nullish(),
});

const MAX_MESSAGE = 1_000;

/** The failure for a reply that is not a success. `body` is what came with it. */
export function refused(asked: Asked, status: number, body: string): ToolFailure {
  const parsed = statusBody.safeParse(parseJson(body));
  const reason = parsed.success ? parsed.data.reason : undefined;
  const said = parsed.success ? oneLine(parsed.data.message ?? "", MAX_MESSAGE) : "";
  // without the name of an object in it, a 404 says that there is no such kind
  const isServed = parsed.success && (parsed.data.details?.name ?? "") !== "";
  if (status === 404 && !isServed) return notServed(asked);
  const [kind, code, otherwise, hint] = verdict(asked, status);
  const details = { code, hint, http_status: status, ...(reason === undefined ? {} : { reason }) };
  return new ToolFailure(kind, said === "" || status === 401 ? otherwise : said, details);
}

function notServed({ resource, context }: Asked): ToolFailure {
  const hint = "What brings this API is not installed in the cluster, or is down; resources_list shows what is served.";
  const message = `the cluster of context "${context}" does not serve ${resource}`;
  return new ToolFailure("not-found", message, { code: "NOT_SERVED", hint, http_status: 404 });
}

type Verdict = readonly [kind: FailureKind, code: string, otherwise: string, hint: string];

function verdict(asked: Asked, status: number): Verdict {
  const what = describe(asked);
  switch (status) {
    case 401:
      return [
        "denied",
        "UNAUTHORIZED",
        `Kubernetes does not accept the hub's credentials for context "${asked.context}" (401)`,
        "The operator renews the token, certificate or exec plugin of that kubeconfig user.",
      ];
    case 403:
      return ["denied", "FORBIDDEN", `the hub may not ${asked.verb} ${what} (403)`, grant(asked)];
    case 404:
      return ["not-found", "NOT_FOUND", `no ${what}`, whereToLook(asked)];
    case 410:
      return [
        "unavailable",
        "EXPIRED",
        `${what} changed while they were read (410)`,
        "Ask again, for fewer at a time.",
      ];
    case 429:
      return ["unavailable", "BUSY", "the Kubernetes API is busy (429)", "Try again in a few seconds."];
    case 400:
    case 422:
      return [
        "invalid",
        "BAD_REQUEST",
        `Kubernetes refused the request for ${what} (${status})`,
        "Check the arguments.",
      ];
    default:
      return status >= 500
        ? ["unavailable", "SERVER_ERROR", `the Kubernetes API failed (${status})`, "Try again in a few seconds."]
        : ["unavailable", "UNEXPECTED", `the Kubernetes API answered ${status} for ${what}`, "Tell the operator."];
  }
}

/** There is no reply to look at. */
export function unanswered(asked: Asked, { reason, message }: UpstreamError, timeoutMs: number): ToolFailure {
  if (reason === "aborted") return new ToolFailure("cancelled", "the call was cancelled by the client");
  if (reason === "timeout") {
    const text = `the Kubernetes API did not answer within ${timeoutMs / 1000}s; ask for less, or try again`;
    return new ToolFailure("timeout", text, { code: "TIMEOUT" });
  }
  if (reason === "too-large") {
    const hint = "Narrow it by namespace, labelSelector or fieldSelector.";
    return new ToolFailure("too-large", `the answer for ${describe(asked)} is ${message}`, { code: "TOO_LARGE", hint });
  }
  const text = `the Kubernetes API of context "${asked.context}" cannot be reached: ${message}`;
  const hint =
    reason === "tls" ? "The operator checks the cluster's certificate authority in the kubeconfig." : undefined;
  return new ToolFailure("unavailable", text, { code: "UNREACHABLE", ...(hint === undefined ? {} : { hint }) });
}

function describe({ resource, name, namespace }: Asked): string {
  const named = name === undefined ? resource : `${resource} "${name}"`;
  return namespace === undefined ? named : `${named} in namespace ${namespace}`;
}

function grant({ verb, resource, namespace }: Asked): string {
  const scope =
    namespace === undefined
      ? "with a ClusterRole and ClusterRoleBinding, or ask for one namespace"
      : `with a Role and RoleBinding in namespace ${namespace}`;
  return `Missing permission: verb ${verb} on ${resource}. The operator grants it ${scope}.`;
}

function whereToLook({ resource, namespace, name }: Asked): string {
  if (name === undefined || namespace === undefined) return "Check the name and the context.";
  if (resource.startsWith("pods")) {
    return `Names of pods change with every restart of their workload: pods_list_in_namespace with namespace=${namespace} has today's; a pod that is gone has left its events in events_list.`;
  }
  return `resources_list shows which there are in namespace ${namespace}; namespaces_list has the namespaces.`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
