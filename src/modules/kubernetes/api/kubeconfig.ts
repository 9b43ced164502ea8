// Where the clusters come from: kubeconfig files or the pod's own service account, read by the Kubernetes client library.
// The library takes half a second to load, so it is loaded at the first request; the names of contexts need only YAML.
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { load } from "js-yaml";
import { z } from "zod";
import { clientLibrary } from "./library.ts";

export interface ContextEntry {
  readonly name: string;
  /** Where calls go that name no namespace. */
  readonly namespace: string;
}

export interface ContextList {
  readonly contexts: readonly ContextEntry[];
  readonly current: string | undefined;
}

export interface ConfigSource {
  /** @throws Error whose message says what cannot be read; it holds no secret */
  contexts(): Promise<ContextList>;
  /** Reads everything anew: at the first request, and again when a cluster no longer takes our credentials. */
  load(): Promise<KubeConfig>;
}

const DEFAULT_NAMESPACE = "default";

const kubeconfig = z.looseObject({
  "current-context": z.string().nullish(),
  contexts: z
    .array(z.looseObject({ name: z.string().min(1), context: z.looseObject({ namespace: z.string().nullish() }) }))
    .nullish(),
});

/** Several files are merged as kubectl does: the first to name a thing wins, and so does the first current context. */
export const kubeconfigFiles = (setting: string): ConfigSource => {
  const paths = setting.split(delimiter).filter((path) => path !== "");
  return {
    async contexts() {
      const files = await Promise.all(paths.map(readContexts));
      const named = new Map<string, ContextEntry>();
      for (const entry of files.flatMap(({ contexts }) => contexts)) {
        if (!named.has(entry.name)) named.set(entry.name, entry);
      }
      return { contexts: [...named.values()], current: files.find(({ current }) => current !== undefined)?.current };
    },
    async load() {
      const { KubeConfig } = await clientLibrary();
      const merged = new KubeConfig();
      for (const path of paths) {
        const one = new KubeConfig();
        one.loadFromString(await readFile(path, "utf8"));
        one.makePathsAbsolute(dirname(path));
        merged.clusters.push(...one.clusters.filter(({ name }) => merged.getCluster(name) === null));
        merged.users.push(...one.users.filter(({ name }) => merged.getUser(name) === null));
        merged.contexts.push(...one.contexts.filter(({ name }) => merged.getContextObject(name) === null));
      }
      return merged;
    },
  };
};

/** YAML errors quote the text around them, which may be a token: only that it is broken is said. */
async function readContexts(path: string): Promise<ContextList> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new Error(`KUBECONFIG ${path} cannot be read (${codeOf(error)})`, { cause: error });
  });
  const parsed = kubeconfig.safeParse(parseYaml(text));
  if (!parsed.success) throw new Error(`KUBECONFIG ${path} is not a kubeconfig`);
  const contexts = (parsed.data.contexts ?? []).map(({ name, context }) => ({
    name,
    namespace: context.namespace || DEFAULT_NAMESPACE,
  }));
  return { contexts, current: parsed.data["current-context"] || undefined };
}

function parseYaml(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

export interface ServiceAccount {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** The token file is read again every minute by the library, since Kubernetes rotates it. */
export const inCluster = ({ host, port, path }: ServiceAccount): ConfigSource => {
  const name = "in-cluster";
  return {
    async contexts() {
      await readFile(join(path, "token")).catch((error: unknown) => {
        const problem = `no service account token at ${join(path, "token")} (${codeOf(error)})`;
        throw new Error(`${problem}; set automountServiceAccountToken: true, or KUBECONFIG`, { cause: error });
      });
      const namespace = await readFile(join(path, "namespace"), "utf8").catch(() => "");
      return { contexts: [{ name, namespace: namespace.trim() || DEFAULT_NAMESPACE }], current: name };
    },
    async load() {
      const { KubeConfig } = await clientLibrary();
      const config = new KubeConfig();
      const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
      const tokenFile = join(path, "token");
      config.loadFromOptions({
        clusters: [{ name, server, caFile: join(path, "ca.crt"), skipTLSVerify: false }],
        users: [{ name, authProvider: { name: "tokenFile", config: { tokenFile } } }],
        contexts: [{ name, cluster: name, user: name }],
        currentContext: name,
      });
      return config;
    },
  };
};

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unreadable";
