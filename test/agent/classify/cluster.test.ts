// What the cluster itself says: waits, endings, pods, events. One realistic evidence for each class.
import { describe, expect, it } from "vitest";
import { classify } from "../../../src/agent/classify/index.ts";
import type { Category, Side } from "../../../src/agent/analysis.ts";
import type { Evidence } from "../../../src/core/evidence.ts";
import {
  crashLooping,
  eventOf,
  evidenceOf,
  exited,
  failedStep,
  failedWith,
  logOf,
  podOf,
  POD_NAME,
  waitingFor,
} from "../../support/evidence.ts";

interface Case {
  readonly name: string;
  readonly evidence: Evidence;
  readonly category: Category;
  readonly side?: Side;
  readonly cause: string;
  readonly says?: readonly string[];
}

const IMAGE = "quay.io/acme/shop-web:1.4.2";
const pending = (parts: Parameters<typeof evidenceOf>[0]): Evidence =>
  evidenceOf({ pod: podOf({ phase: "Pending" }), ...parts });
const pulling = (answer: string): Evidence =>
  pending({
    containers: [waitingFor("app", "ImagePullBackOff", `Back-off pulling image "${IMAGE}"`)],
    events: [
      eventOf("BackOff", `Back-off pulling image "${IMAGE}"`, { type: "Normal" }),
      eventOf("Failed", "Error: ErrImagePull"),
      eventOf("Failed", `Failed to pull image "${IMAGE}": ${answer}`),
    ],
  });
const configured = (message: string): Evidence =>
  pending({ containers: [waitingFor("app", "CreateContainerConfigError", message)] });
const unscheduled = (message: string): Evidence =>
  evidenceOf({
    pod: podOf({
      phase: "Pending",
      node: undefined,
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
    }),
  });
const creating = (...events: ReturnType<typeof eventOf>[]): Evidence =>
  pending({ containers: [waitingFor("app", "ContainerCreating")], events });
const refusedPod = (message: string): Evidence =>
  evidenceOf({
    pod: undefined,
    events: [eventOf("FailedCreate", message, { object: "ReplicaSet/shop-web-7d9c5b6f4d" })],
  });
const evicted = (message: string, reason = "Evicted"): Evidence => evidenceOf({ pod: podOf({ reason, message }) });
const startError = (message: string, code = 127): Evidence =>
  evidenceOf({ containers: [exited("app", code, { reason: "StartError", message })] });

const CASES: readonly Case[] = [
  {
    name: "an image that the registry does not have (containerd)",
    evidence: pulling(
      `rpc error: code = NotFound desc = failed to pull and unpack image "${IMAGE}": failed to resolve reference "${IMAGE}": ${IMAGE}: not found`,
    ),
    category: "image-pull",
    side: "app",
    cause: `image not found in the registry: ${IMAGE}`,
    says: ["skopeo list-tags"],
  },
  {
    name: "an image that the registry does not have (CRI-O)",
    evidence: pulling(
      "rpc error: code = Unknown desc = reading manifest 1.4.2 in quay.io/acme/shop-web: manifest unknown: manifest unknown",
    ),
    category: "image-pull",
    cause: `image not found in the registry: ${IMAGE}`,
    says: ["manifest unknown"],
  },
  {
    name: "an image that the registry does not hand out",
    evidence: pulling(
      "rpc error: code = Unknown desc = reading manifest 1.4.2 in quay.io/acme/shop-web: unauthorized: access to the requested resource is not authorized",
    ),
    category: "image-pull",
    side: "infra",
    cause: `registry denies access to ${IMAGE}`,
    says: ["kubectl -n shop create secret docker-registry", "unauthorized: access to the requested resource"],
  },
  {
    name: "a pull rate limit",
    evidence: pulling("toomanyrequests: You have reached your pull rate limit."),
    category: "image-pull",
    cause: `registry rate limit (429) for ${IMAGE}`,
  },
  {
    name: "a registry with an unknown CA",
    evidence: pulling('Get "https://quay.io/v2/": x509: certificate signed by unknown authority'),
    category: "tls",
    cause: `registry certificate not trusted for ${IMAGE}`,
    says: ["x509: certificate signed by unknown authority"],
  },
  {
    name: "a registry without a name",
    evidence: pulling('Get "https://quay.io/v2/": dial tcp: lookup quay.io on 10.0.0.10:53: no such host'),
    category: "network",
    cause: "registry host quay.io does not resolve",
  },
  {
    name: "an image of another platform",
    evidence: pulling("no match for platform in manifest: not found"),
    category: "image-pull",
    cause: `${IMAGE} has no build for the node's platform`,
  },
  {
    name: "an image name that is none",
    evidence: pending({
      containers: [
        waitingFor(
          "app",
          "InvalidImageName",
          'Failed to apply default image tag "quay.io/Acme/web:": couldn\'t parse image name "quay.io/Acme/web:": invalid reference format',
          { image: "quay.io/Acme/web:" },
        ),
      ],
    }),
    category: "image-pull",
    side: "app",
    cause: `invalid image name "quay.io/Acme/web:"`,
  },
  {
    name: "a pull of which only the back-off is known",
    evidence: pending({ containers: [waitingFor("app", "ImagePullBackOff", `Back-off pulling image "${IMAGE}"`)] }),
    category: "image-pull",
    cause: `image ${IMAGE} cannot be pulled`,
  },
  {
    name: "a missing Secret",
    evidence: configured('secret "db-credentials" not found'),
    category: "container-config",
    side: "app",
    cause: "Secret db-credentials does not exist",
    says: ["kubectl -n shop create secret generic db-credentials"],
  },
  {
    name: "a missing ConfigMap",
    evidence: configured('configmap "app-config" not found'),
    category: "container-config",
    cause: "ConfigMap app-config does not exist",
    says: ["create configmap app-config"],
  },
  {
    name: "a missing key of a Secret",
    evidence: configured("couldn't find key password in Secret shop/db-credentials"),
    category: "container-config",
    cause: "Secret db-credentials has no key password",
  },
  {
    name: "an image that runs as root where it may not",
    evidence: configured(
      `container has runAsNonRoot and image will run as root (pod: "${POD_NAME}_shop(5f0c)", container: app)`,
    ),
    category: "container-config",
    cause: "runAsNonRoot, but the image will run as root",
  },
  {
    name: "a command that the image does not have",
    evidence: startError(
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "gunicorn": executable file not found in $PATH: unknown',
    ),
    category: "container-start",
    cause: "command not found in the image: gunicorn",
    says: ["gunicorn"],
  },
  {
    name: "a command that is not executable",
    evidence: startError(
      'runc create failed: unable to start container process: exec: "/entrypoint.sh": permission denied: unknown',
      126,
    ),
    category: "container-start",
    cause: "/entrypoint.sh is not executable",
    says: ["chmod +x /entrypoint.sh"],
  },
  {
    name: "a wait for a container that cannot be created",
    evidence: pending({
      containers: [
        waitingFor("app", "RunContainerError", 'failed to start container "a": exec /app/server: exec format error'),
      ],
    }),
    category: "container-start",
    cause: "exec format error: image of another CPU architecture",
  },
  {
    name: "a container over its memory limit",
    evidence: evidenceOf({
      containers: [exited("app", 137, { reason: "OOMKilled", limits: { memory: "512Mi" } })],
      logs: [logOf("app", "INFO loading index\nERROR could not connect to metrics")],
    }),
    category: "out-of-memory",
    cause: "killed at its memory limit of 512Mi",
    says: ["above 512Mi"],
  },
  {
    name: "a crash loop that is out of memory, by its last run",
    evidence: evidenceOf({
      containers: [crashLooping("app", { exit_code: 137, reason: "OOMKilled" }, { limits: { memory: "256Mi" } })],
    }),
    category: "out-of-memory",
    cause: "killed at its memory limit of 256Mi",
  },
  {
    name: "a crash loop, by the log of its last run",
    evidence: evidenceOf({
      containers: [crashLooping("app", { exit_code: 1 })],
      logs: [
        logOf("app", "starting up"),
        logOf("app", "starting up\npanic: DB_URL is empty\n\ngoroutine 1 [running]:", { previous: true }),
      ],
    }),
    category: "crash",
    cause: "panic: DB_URL is empty",
  },
  {
    name: "a crash loop of a program that ends with 0",
    evidence: evidenceOf({ containers: [crashLooping("app", { exit_code: 0, reason: "Completed" })] }),
    category: "application-error",
    cause: "exits with 0 and is restarted again and again",
  },
  {
    name: "a kill that nobody calls OOM",
    evidence: failedWith("INFO working\nERROR connection refused", { exit_code: 137 }),
    category: "killed",
    side: "unknown",
    cause: "killed by SIGKILL (137), not marked OOMKilled",
    says: ["Possible are: the node ran out of memory"],
  },
  {
    name: "a kill by the liveness probe",
    evidence: evidenceOf({
      containers: [crashLooping("app", { exit_code: 137 })],
      events: [
        eventOf("Killing", "Container app failed liveness probe, will be restarted", { type: "Normal" }),
        eventOf("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500"),
      ],
    }),
    category: "killed",
    side: "app",
    cause: "killed by its liveness probe: HTTP probe failed with statuscode: 500",
  },
  {
    name: "SIGTERM",
    evidence: failedWith("INFO bye", { exit_code: 143 }),
    category: "killed",
    cause: "ended by SIGTERM (143): it was asked to stop",
  },
  {
    name: "a segmentation fault",
    evidence: failedWith("Segmentation fault (core dumped)", { exit_code: 139 }),
    category: "crash",
    cause: "segmentation fault (139)",
  },
  {
    name: "another signal",
    evidence: failedWith("bye", { exit_code: 129 }),
    category: "killed",
    cause: "killed by signal 1 (exit 129)",
  },
  {
    name: "a command that a script misses",
    evidence: failedStep("deploy", "+ helm upgrade shop\n/tekton/scripts/script-1: line 4: helm: command not found", {
      containers: [exited("step-deploy", 127)],
    }),
    category: "container-start",
    cause: "command not found: helm",
  },
  {
    name: "a script without its x bit",
    evidence: failedWith("/bin/sh: 1: ./build.sh: Permission denied", { exit_code: 126 }),
    category: "container-start",
    cause: "permission denied: ./build.sh",
    says: ["chmod +x ./build.sh"],
  },
  {
    name: "exit 1 with a line that no table knows",
    evidence: failedStep("build", "reading\nERROR: the widget cannot be frobbed\ndone"),
    category: "application-error",
    cause: "exit 1: ERROR: the widget cannot be frobbed",
  },
  {
    name: "exit 2",
    evidence: failedWith("usage: tool [-h]\ntool: error: unrecognized arguments: --fast", { exit_code: 2 }),
    category: "application-error",
    cause: "exit 2: tool: error: unrecognized arguments: --fast",
  },
  {
    name: "exit 1 without a log",
    evidence: failedWith(""),
    category: "application-error",
    cause: "exit 1, and there is no log that says why",
  },
  {
    name: "an eviction for want of ephemeral storage",
    evidence: evicted(
      "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 500Mi. Container app was using 4Gi, request is 0, has larger consumption of ephemeral-storage. ",
    ),
    category: "evicted",
    side: "infra",
    cause: "evicted: the node ran low on ephemeral-storage",
    says: ["Container app was using 4Gi with a request of 0"],
  },
  {
    name: "an eviction at the pod's own limit",
    evidence: evicted("Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. "),
    category: "evicted",
    side: "app",
    cause: "evicted: more ephemeral storage than its limit of 1Gi",
  },
  {
    name: "the pod's deadline",
    evidence: evicted("Pod was active on the node longer than the specified deadline", "DeadlineExceeded"),
    category: "timeout",
    cause: "pod stopped at its activeDeadlineSeconds",
  },
  {
    name: "no room on any node",
    evidence: unscheduled(
      "0/6 nodes are available: 3 Insufficient memory, 3 node(s) had untolerated taint {dedicated: gpu}. preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.",
    ),
    category: "unschedulable",
    side: "infra",
    cause: "unschedulable: Insufficient memory",
    says: ["0/6 nodes are available: 3 Insufficient memory, 3 node(s) had untolerated taint {dedicated: gpu}"],
  },
  {
    name: "a claim that is not there",
    evidence: unscheduled('0/3 nodes are available: persistentvolumeclaim "build-cache" not found.'),
    category: "unschedulable",
    side: "app",
    cause: "PersistentVolumeClaim build-cache not found",
  },
  {
    name: "a volume made of a Secret that is not there",
    evidence: creating(
      eventOf("FailedMount", 'MountVolume.SetUp failed for volume "tls" : secret "shop-tls" not found'),
    ),
    category: "volume-mount",
    cause: "volume tls: secret shop-tls does not exist",
  },
  {
    name: "a volume that is attached elsewhere",
    evidence: creating(
      eventOf(
        "FailedAttachVolume",
        'Multi-Attach error for volume "pvc-12ab" Volume is already used by pod(s) shop-db-0',
      ),
    ),
    category: "volume-mount",
    cause: "volume pvc-12ab is still attached elsewhere (Multi-Attach)",
  },
  {
    name: "a network plugin that fails",
    evidence: creating(
      eventOf(
        "FailedCreatePodSandBox",
        'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "ab": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory',
      ),
    ),
    category: "pod-creation",
    side: "infra",
    cause: "network plugin calico failed: stat /var/lib/calico/nodename: no such file or",
  },
  {
    name: "an exceeded quota",
    evidence: refusedPod(
      'Error creating: pods "shop-web-x" is forbidden: exceeded quota: compute, requested: limits.memory=2Gi, used: limits.memory=7Gi, limited: limits.memory=8Gi',
    ),
    category: "quota",
    cause: "quota compute: limits.memory=2Gi asked, limits.memory=7Gi used of limits.memor",
    says: ["requested limits.memory=2Gi, used limits.memory=7Gi, limited limits.memory=8Gi"],
  },
  {
    name: "a webhook that denies",
    evidence: refusedPod(
      'Error creating: admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/shop/x was blocked: label team is required',
    ),
    category: "admission",
    cause: "denied by webhook validate.kyverno.svc-fail: resource Pod/shop/x was blocked",
    says: ["label team is required"],
  },
  {
    name: "pod security",
    evidence: refusedPod(
      'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
    ),
    category: "admission",
    cause: "violates PodSecurity restricted:latest: allowPrivilegeEscalation",
  },
  {
    name: "a readiness probe",
    evidence: evidenceOf({
      pod: podOf({ phase: "Running" }),
      containers: [{ name: "app", role: "main", state: "running", restarts: 0 }],
      events: [
        eventOf("Unhealthy", 'Readiness probe failed: Get "http://10.1.2.3:8080/ready": context deadline exceeded'),
      ],
    }),
    category: "application-error",
    cause: 'not ready: Get "http://10.1.2.3:8080/ready": context deadline exceeded',
  },
];

describe("what the cluster says", () => {
  it.each(CASES)("$name", ({ evidence, category, side, cause, says = [] }) => {
    const { analysis } = classify(evidence);
    expect(analysis).toMatchObject({
      category,
      source: "fallback",
      model: undefined,
      tokens: 0,
      ...(side && { side }),
    });
    expect(analysis.cause).toContain(cause);
    const all = JSON.stringify([analysis.rootCause, analysis.fixes, analysis.quotes]);
    for (const text of says) expect(all).toContain(JSON.stringify(text).slice(1, -1));
  });
});

describe("which container", () => {
  it("an init container that failed is named as such, and its log is used", () => {
    const finding = classify(
      evidenceOf({
        containers: [exited("migrate", 1, { role: "init" }), waitingFor("app", "PodInitializing")],
        logs: [
          logOf("app", ""),
          logOf("migrate", 'psycopg2.OperationalError: could not translate host name "db" to address'),
        ],
      }),
    );
    expect(finding.container).toBe("migrate");
    expect(finding.analysis.failingStep).toBe("init container migrate");
    expect(finding.analysis.cause).toBe("host db does not resolve");
    expect(finding.analysis.rootCause).toContain("init container migrate");
  });

  it("a skipped step is never blamed, even when the report names it", () => {
    const evidence = failedStep("build", "Error: boom failed", {
      chosen: { container: "step-push", because: "asked" },
    });
    expect(classify(evidence).container).toBe("step-build");
  });

  it("a sidecar's noise does not hide why the chosen container failed", () => {
    const finding = classify(
      evidenceOf({
        containers: [
          exited("app", 1),
          exited("istio-proxy", 137, { role: "sidecar", finished_at: "2026-11-20T10:00:30Z" }),
        ],
        chosen: { container: "app", because: "it ended with 1" },
        logs: [
          logOf("app", "KeyError: 'PAYMENT_URL'"),
          logOf("istio-proxy", "error: connection refused\nno space left on device"),
        ],
      }),
    );
    expect(finding).toMatchObject({ container: "app", reason: "Error:1" });
    expect(finding.analysis.cause).toContain("PAYMENT_URL");
  });

  it("of a deleted pod, the TaskRun remembers the steps", () => {
    const steps = [
      {
        name: "build",
        container: "step-build",
        state: "terminated",
        exit_code: 2,
        reason: "Error",
        finished_at: "2026-11-20T10:02:00Z",
      },
      {
        name: "push",
        container: "step-push",
        state: "terminated",
        exit_code: 1,
        termination_reason: "Skipped",
        finished_at: "2026-11-20T10:01:00Z",
      },
    ];
    const base = failedStep("build", "");
    const finding = classify({
      ...base,
      pod: undefined,
      containers: [],
      chosen: undefined,
      logs: [],
      task_run: { ...base.task_run!, steps },
    });
    expect(finding.container).toBe("step-build");
    expect(finding.reason).toBe("Error:2");
  });
});
