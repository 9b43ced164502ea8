// The values with which the chart is rendered: each row an installation that somebody has.
import type { RenderOptions, Values } from "./helm.ts";

/** Every secret of the rows: it may stand in Secrets alone. */
export const CANARY = "c4nary-do-not-print";
export const OPENSHIFT = "route.openshift.io/v1";

export interface Row extends RenderOptions {
  readonly values: Values;
  /** Kinds, besides those that every release has. */
  readonly adds: readonly string[];
}

/** Every release has these, with its defaults: callers and reporters are known by the cluster. */
export const ALWAYS = ["Deployment", "Service", "ServiceAccount"];
const REVIEWS = ["ClusterRole", "ClusterRoleBinding"];
const READS = ["Role", "RoleBinding"];
const DEFAULT = [...READS, ...REVIEWS, "PersistentVolumeClaim"];

const gitea = { host: "https://git.test", token: CANARY, owner: "ops", repo: "failures" };
const datasource = { name: "prod", type: "prometheus", url: "http://prometheus:9090" };

export const MATRIX: Readonly<Record<string, Row>> = {
  "as it comes": { values: {}, adds: DEFAULT },
  "the example that replaces mcp-gitops": { files: ["examples/mcp-gitops.yaml"], values: {}, adds: DEFAULT },
  "the example that replaces proms-mcp": {
    files: ["examples/openshift.yaml"],
    apis: [OPENSHIFT],
    values: {},
    adds: [...DEFAULT, "Route", "NetworkPolicy", "ServiceMonitor", "PrometheusRule"],
  },
  "the example of several replicas": {
    files: ["examples/replicas.yaml"],
    values: {},
    adds: [...READS, ...REVIEWS, "PodDisruptionBudget"],
  },
  "replicas without sessions, the database's address given here": {
    values: { replicaCount: 2, hub: { stateless: true }, database: { url: `postgres://hub:${CANARY}@db/hub` } },
    adds: [...READS, ...REVIEWS, "Secret"],
  },
  "traces to a collector, which the policy lets pass": {
    values: {
      tracing: {
        endpoint: "http://otel-collector.observability.svc:4318",
        headers: `x-token=${CANARY}`,
        sampler: "traceidratio",
        samplerArgument: 0.1,
      },
      networkPolicy: {
        enabled: true,
        extraEgress: [
          {
            to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "observability" } } }],
            ports: [{ port: 4318, protocol: "TCP" }],
          },
        ],
      },
    },
    adds: [...DEFAULT, "Secret", "NetworkPolicy"],
  },
  "as many replicas as the load needs, behind an Ingress": {
    values: {
      autoscaling: { enabled: true, targetMemoryUtilizationPercentage: 90 },
      database: { existingSecret: "hub-database" },
      ingress: { enabled: true, host: "hub.test" },
    },
    adds: [...READS, ...REVIEWS, "HorizontalPodAutoscaler", "Ingress"],
  },
  "every credential given here": {
    values: {
      auth: { mode: "token,active", token: CANARY },
      reportAuth: { modes: ["token", "hmac", "k8s"], token: CANARY, hmacSecret: CANARY },
      prefect: { apiUrl: "http://prefect:4200/api", authString: `hub:${CANARY}`, customHeaders: `{"x":"${CANARY}"}` },
      gitea,
      agent: { modelUrl: "http://litellm:4000", modelKey: CANARY, modelSteps: 5 },
    },
    adds: [...DEFAULT, "Secret"],
  },
  "every credential in Secrets that are there": {
    values: {
      auth: { mode: ["token"], existingSecret: "hub-auth", existingSecretKeys: { AUTH_TOKEN: "password" } },
      reportAuth: {
        modes: "token,hmac",
        existingSecret: "hub-auth",
        existingSecretKeys: { REPORT_TOKEN: "report", REPORT_HMAC_SECRET: "hmac" },
      },
      prefect: { apiUrl: "https://api.prefect.cloud/api", existingSecret: "prefect" },
      gitea: { host: "https://git.test", existingSecret: "gitea" },
      agent: { modelUrl: "http://litellm:4000", existingSecret: "model" },
    },
    adds: [...READS, "PersistentVolumeClaim"],
  },
  "reports signed with a secret of a Secret that has no other": {
    values: {
      reportAuth: { modes: ["hmac"], existingSecret: "hub", existingSecretKeys: { REPORT_HMAC_SECRET: "hmac" } },
    },
    adds: DEFAULT,
  },
  "oidc behind an Ingress with TLS": {
    values: {
      auth: { mode: "oidc", issuer: "https://sso.test/realms/ops" },
      ingress: { enabled: true, className: "nginx", host: "hub.test", tlsSecret: "hub-tls" },
    },
    adds: [...DEFAULT, "Ingress"],
  },
  "a public Route, on OpenShift": {
    apis: [OPENSHIFT],
    values: { route: { enabled: true, host: "hub.apps.test" }, networkPolicy: { enabled: true, egressPorts: [] } },
    adds: [...DEFAULT, "Route", "NetworkPolicy"],
  },
  "open to all inside the cluster, without Kubernetes and volume": {
    values: {
      auth: { mode: "none" },
      reportAuth: { modes: ["none"] },
      kubernetes: { enabled: false },
      persistence: { enabled: false },
    },
    adds: [],
  },
  "three namespaces watched, further kinds readable": {
    values: {
      kubernetes: {
        namespaces: ["ci", "shop", "ops"],
        extraRules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "list"] }],
      },
    },
    adds: [...READS, ...READS, ...READS, ...REVIEWS, "PersistentVolumeClaim"],
  },
  "datasources, catalogues and files given here": {
    values: {
      auth: {
        mode: "token",
        tokensPath: "/etc/ops-hub/files/tokens.yaml",
        accessPath: "/etc/ops-hub/files/access.yaml",
      },
      prometheus: { datasources: [{ ...datasource, basicAuth: true, secureJsonData: { basicAuthPassword: CANARY } }] },
      releaseOps: { catalogs: { "tools.yaml": "version: 1\n", "more.yml": "version: 1\n" }, concurrency: 4 },
      files: { "tokens.yaml": `tokens: [${CANARY}]\n`, "access.yaml": "rules: []\n" },
      hub: { allowWrites: ["prefect", "release-ops"] },
    },
    adds: [...DEFAULT, "ConfigMap", "Secret", "Secret"],
  },
  "one port for everything, a claim and an account of one's own": {
    values: {
      hub: { metricsPort: 0, port: 9000, host: "::" },
      persistence: { existingClaim: "reports" },
      serviceAccount: { create: false, name: "builder" },
      rbac: { create: false },
    },
    adds: [],
  },
  "other MCP servers": {
    values: {
      upstream: {
        openshiftUrl: "http://mcp-openshift:8080",
        giteaUrl: "http://mcp-gitea:8080/mcp",
        openshiftTransport: "sse",
      },
      kubernetes: { enabled: false },
    },
    adds: [...REVIEWS, "PersistentVolumeClaim"],
  },
  "watched, with labels, tolerations and variables of one's own": {
    values: {
      image: { digest: `sha256:${"a".repeat(64)}`, pullSecrets: [{ name: "pull" }] },
      serviceMonitor: { enabled: true, labels: { release: "prometheus" } },
      prometheusRule: { enabled: true, labels: { release: "prometheus" } },
      dashboard: { enabled: true, annotations: { grafana_folder: "Operations" } },
      podLabels: { team: "ops" },
      podAnnotations: { "example.com/a": "b" },
      podSecurityContext: { runAsUser: 4711, fsGroup: 4711 },
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ key: "infra", operator: "Exists" }],
      extraEnv: [{ name: "TZ", value: "Europe/Berlin" }],
      extraVolumes: [{ name: "kerberos", emptyDir: {} }],
      extraVolumeMounts: [{ name: "kerberos", mountPath: "/run/krb5" }],
      priorityClassName: "high",
    },
    adds: [...DEFAULT, "ServiceMonitor", "PrometheusRule", "ConfigMap"],
  },
};

/** Values that helm must refuse, and what it must say. */
export const REFUSED: Readonly<Record<string, readonly [values: Values, words: RegExp]>> = {
  "a block that does not exist": [{ promehteus: {} }, /promehteus/],
  "a block without anything in it": [{ gitea: null }, /gitea/],
  "a setting that does not exist": [{ prefect: { apiURL: "http://prefect" } }, /apiURL/],
  "a number that is none": [{ hub: { drainSeconds: "soon" } }, /drainSeconds/],
  "a mode that does not exist": [{ auth: { mode: "basic" } }, /mode/],
  "a random port": [{ hub: { port: 0 } }, /port/],
  "no auth mode": [{ auth: { mode: "" } }, /mode/],
  "several replicas with a file": [{ replicaCount: 2 }, /more than one replica needs database/],
  "an autoscaler with a file": [{ autoscaling: { enabled: true } }, /autoscaling\.enabled needs database/],
  "an autoscaler whose least is more than its most": [
    { autoscaling: { enabled: true, minReplicas: 9 }, database: { existingSecret: "db" } },
    /minReplicas is more than/,
  ],
  "an autoscaler without a target": [{ autoscaling: { targetCPUUtilizationPercentage: 0 } }, /target/],
  "an autoscaler by what is not requested": [
    {
      autoscaling: { enabled: true },
      database: { existingSecret: "db" },
      resources: { requests: { cpu: null } },
    },
    /needs resources\.requests\.cpu/,
  ],
  "a public Ingress without authentication": [
    { auth: { mode: "none" }, ingress: { enabled: true, host: "hub.test" } },
    /public Ingress, Route or Service needs authentication/,
  ],
  "a public Route without authentication": [
    { auth: { mode: ["token", "none"], token: "t" }, route: { enabled: true, host: "hub.test" } },
    /public Ingress, Route or Service needs authentication/,
  ],
  "a public Route for unknown reporters": [
    { reportAuth: { modes: ["none"] }, route: { enabled: true, host: "hub.test" } },
    /needs to know who reports/,
  ],
  "a public Service without authentication": [
    { auth: { mode: "none" }, service: { type: "LoadBalancer" } },
    /public Ingress, Route or Service needs authentication/,
  ],
  "numbers of a public Service without a token": [
    { service: { type: "NodePort" }, serviceMonitor: { enabled: true } },
    /serviceMonitor\.enabled needs service\.type ClusterIP/,
  ],
  "an Ingress without a host": [{ ingress: { enabled: true } }, /ingress\.host/],
  "a Route without a host": [{ route: { enabled: true } }, /route\.host/],
  "mode token without a token": [{ auth: { mode: "token" } }, /auth\.mode token needs/],
  "mode oidc without an issuer": [{ auth: { mode: "oidc" }, hub: { publicUrl: "https://hub.test" } }, /auth\.issuer/],
  "mode oidc without an address": [{ auth: { mode: "oidc", issuer: "https://sso.test" } }, /hub\.publicUrl/],
  "mode active without an API": [{ auth: { apiUrl: "" } }, /auth\.apiUrl/],
  "reports by token without a token": [{ reportAuth: { modes: ["token"] } }, /reportAuth\.modes token needs/],
  "reports by hmac without a secret": [{ reportAuth: { modes: "k8s,hmac" } }, /reportAuth\.modes hmac needs/],
  "Gitea without a token": [{ gitea: { host: "https://git.test" } }, /gitea\.host needs/],
  "a secret given twice": [{ gitea: { host: "https://git.test", token: "t", existingSecret: "gitea" } }, /given twice/],
  "a variable of another block": [
    { gitea: { existingSecret: "gitea", existingSecretKeys: { AUTH_TOKEN: "t" } } },
    /AUTH_TOKEN/,
  ],
  "two sources of datasources": [
    {
      prometheus: {
        datasourcesSecret: "grafana",
        datasources: [{ name: "a", type: "prometheus", url: "http://prometheus" }],
      },
    },
    /keep one/,
  ],
  "a ServiceMonitor without its port": [{ serviceMonitor: { enabled: true }, hub: { metricsPort: 0 } }, /metricsPort/],
  "one port twice": [{ hub: { port: 8080 } }, /must differ/],
  "every verb": [
    { kubernetes: { extraRules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] }] } },
    /verbs/,
  ],
  "every resource": [
    { kubernetes: { extraRules: [{ apiGroups: ["apps"], resources: ["*"], verbs: ["get"] }] } },
    /resources/,
  ],
  "a verb that writes": [
    { kubernetes: { extraRules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["delete"] }] } },
    /verbs/,
  ],
  "Secrets of the cluster": [
    { kubernetes: { extraRules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] } },
    /resources/,
  ],
  "a privileged pod": [{ podSecurityContext: { privileged: true } }, /privileged/],
  "no limits": [{ resources: { limits: null } }, /limits/],
  "a folder of the node": [{ extraVolumes: [{ name: "host", hostPath: { path: "/" } }] }, /extraVolumes/],
};
