// Where the API that knows the callers is, whom its certificate must be signed by, and who we are there: the seed's
// variables and rules, and the service account that Kubernetes mounts into every pod.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../core/config-error.ts";
import { Secret } from "../../core/secret.ts";
import type { Values } from "../../core/settings.ts";
import type { Watch } from "../../core/watch.ts";
import { isSafeUrl, type AUTH_SETTINGS } from "../settings.ts";
import { createReviews, type Reviews } from "./reviews.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface KubernetesApi {
  readonly url: string;
  readonly reviews: Reviews;
  /** Our service account's token as it was last read; undefined when there is none. */
  ownToken(): Promise<Secret | undefined>;
  /** What it last gave, to be taken out of all text. */
  secrets(): readonly string[];
}

/** @throws ConfigError when there is no API, or its CA certificate cannot be read */
export async function openApi(
  { apiUrl, caPath }: Pick<Values<typeof AUTH_SETTINGS>, "apiUrl" | "caPath">,
  env: Env,
  watch?: Watch,
): Promise<KubernetesApi> {
  const url = (apiUrl ?? (env["KUBERNETES_SERVICE_HOST"] ? "https://kubernetes.default.svc" : "")).replace(/\/+$/, "");
  if (!isSafeUrl(url)) throw new ConfigError(["the callers' Kubernetes API is not known: set OPENSHIFT_API_URL"]);
  const folder = env["KUBERNETES_SERVICE_ACCOUNT_PATH"] || "/var/run/secrets/kubernetes.io/serviceaccount";
  const ca = await readCa(caPath, join(folder, "ca.crt"));
  const own = ownTokenOf(join(folder, "token"));
  return { url, ...own, reviews: createReviews({ apiUrl: url, ca, ownToken: own.ownToken, watch }) };
}

/** A path that is given must exist; the service account's counts when it is there. */
async function readCa(given: string | undefined, mounted: string): Promise<string | undefined> {
  if (given === undefined) return readFile(mounted, "utf8").catch(() => undefined);
  const text = await readFile(given, "utf8").catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new ConfigError([
      isMissing ? `CA certificate file not found: ${given}` : `CA certificate file cannot be read: ${given}`,
    ]);
  });
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw new ConfigError([`CA certificate file holds no PEM certificate: ${given}`]);
}

/** Read for every question: Kubernetes renews it every hour, and a review is asked once in two minutes for a caller. */
function ownTokenOf(path: string): Pick<KubernetesApi, "ownToken" | "secrets"> {
  let last: Secret | undefined;
  return {
    ownToken: async () => {
      const text = await readFile(path, "utf8").catch(() => "");
      if (text.trim() !== "" && text.trim() !== last?.reveal()) last = new Secret(text.trim());
      return last;
    },
    secrets: () => (last === undefined ? [] : [last.reveal()]),
  };
}
