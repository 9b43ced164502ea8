// Which path serves a kind: asked of the cluster itself, so that custom resources work like any other.
import { z } from "zod";
import { closest } from "../../../core/closest.ts";
import { ToolFailure } from "../../../core/failure.ts";
import { apiPath, type Cluster } from "./cluster.ts";

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#discovery-api */
const resourceList = z.looseObject({
  resources: z.array(
    z.looseObject({
      name: z.string(),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: z.array(z.string()),
      shortNames: z.array(z.string()).optional(),
    }),
  ),
});

const groupList = z.looseObject({
  groups: z.array(z.looseObject({ name: z.string(), versions: z.array(z.looseObject({ groupVersion: z.string() })) })),
});

export interface Resource {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural in paths: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A resource that every cluster of our time serves under this path, so that nobody needs to ask. */
export const known = (apiVersion: string, kind: string, plural: string, namespaced = true): Resource => ({
  apiVersion,
  kind,
  plural,
  namespaced,
});

/** As RBAC and kubectl name it: `pods`, `deployments.apps`. */
export const rbacName = ({ apiVersion, plural }: Resource): string =>
  apiVersion.includes("/") ? `${plural}.${apiVersion.split("/")[0]}` : plural;

export const pathTo = ({ apiVersion, plural, namespaced }: Resource, namespace: string | undefined, name?: string) =>
  apiPath(
    ...groupSegments(apiVersion),
    ...(namespaced && namespace !== undefined ? ["namespaces", namespace] : []),
    plural,
    name,
  );

/** Finds a kind by its name, plural or short name, in any case. @throws ToolFailure that names what there is */
export async function discover(
  cluster: Cluster,
  apiVersion: string,
  kind: string,
  signal: AbortSignal,
): Promise<Resource> {
  const path = apiPath(...groupSegments(apiVersion));
  const { resources } = await cluster
    .get({ path, verb: "get", resource: `API ${apiVersion}`, signal }, resourceList)
    .catch((error: unknown) => explain(error, cluster, apiVersion, signal));
  const listed = resources.filter(({ name, verbs }) => !name.includes("/") && verbs.includes("get"));
  const asked = kind.toLowerCase();
  const found = listed.find(({ kind: one, name, shortNames = [] }) =>
    [one, name, ...shortNames].some((word) => word.toLowerCase() === asked),
  );
  if (found !== undefined) return { apiVersion, kind: found.kind, plural: found.name, namespaced: found.namespaced };
  const kinds = listed.map((one) => one.kind);
  const near = closest(kind, kinds, 3);
  const hint = near.length > 0 ? `Did you mean ${near.join(", ")}?` : `It has ${kinds.slice(0, 40).join(", ")}.`;
  throw new ToolFailure("not-found", `${apiVersion} has no kind "${kind}"`, { code: "UNKNOWN_KIND", hint });
}

/** A version that is not served is told with those that are. */
async function explain(error: unknown, cluster: Cluster, apiVersion: string, signal: AbortSignal): Promise<never> {
  if (!(error instanceof ToolFailure) || error.kind !== "not-found") throw error;
  const { groups } = await cluster.get({ path: "apis", verb: "get", resource: "API groups", signal }, groupList);
  const served = ["v1", ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion))];
  const near = closest(apiVersion, served, 4);
  const hint = near.length > 0 ? `Did you mean ${near.join(", ")}?` : `It serves ${served.slice(0, 40).join(", ")}.`;
  throw new ToolFailure("not-found", `the cluster does not serve apiVersion "${apiVersion}"`, {
    code: "UNKNOWN_API_VERSION",
    hint,
  });
}

const groupSegments = (apiVersion: string): string[] =>
  apiVersion.includes("/") ? ["apis", ...apiVersion.split("/")] : ["api", apiVersion];
