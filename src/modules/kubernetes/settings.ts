// The module's variables: the names that Kubernetes itself and kubectl use, and what of a kubeconfig is offered.
import { z } from "zod";
import { list, port, seconds, setting, type Section } from "../../core/settings.ts";

export const SETTINGS = {
  kubeconfig: setting(
    "KUBECONFIG",
    z.string().max(4_096).optional(),
    "Kubeconfig file, or several separated by colons; tokens, certificates and exec plugins are understood.",
  ),
  contexts: setting(
    "KUBERNETES_CONTEXTS",
    list(),
    "Comma list of the kubeconfig's contexts to offer, the first by default; unset offers all, the current one by default.",
  ),
  serviceHost: setting(
    "KUBERNETES_SERVICE_HOST",
    z.string().max(253).optional(),
    "Set by Kubernetes in every pod: the hub then uses its own service account, unless `KUBECONFIG` is set.",
  ),
  servicePort: setting("KUBERNETES_SERVICE_PORT", port(443), "Set by Kubernetes in every pod: the port of its API."),
  serviceAccountPath: setting(
    "KUBERNETES_SERVICE_ACCOUNT_PATH",
    z.string().max(4_096).default("/var/run/secrets/kubernetes.io/serviceaccount"),
    "Folder with the service account's `token`, `ca.crt` and `namespace`.",
  ),
  timeoutSeconds: setting(
    "KUBERNETES_TIMEOUT_SECONDS",
    seconds(1, 300, 30),
    "How many seconds one request to the Kubernetes API may take.",
  ),
} satisfies Section;
