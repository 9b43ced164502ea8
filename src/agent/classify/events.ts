// Failures that only events tell of: volumes, network, quota and admission, and probes.
import { ADMISSION_RULES } from "./admission-rules.ts";
import { spot, type Rule, type Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { SANDBOX_RULES, VOLUME_RULES } from "./volume-rules.ts";

const FAMILIES: readonly { readonly reason: RegExp; readonly rules: readonly Rule[] }[] = [
  {
    reason: /^(?:FailedMount|FailedAttachVolume|FailedMapVolume|ProvisioningFailed|FailedBinding)$/,
    rules: VOLUME_RULES,
  },
  { reason: /^(?:FailedCreatePodSandBox|FailedPodSandBoxStatus|NetworkNotReady)$/, rules: SANDBOX_RULES },
  { reason: /^(?:FailedCreate|FailedAdmission|PodCreationFailed)$/, rules: ADMISSION_RULES },
];

/** For pods that never ran, or never were. */
export function ofEvents({ evidence, facts, isUnstarted }: Subject): Spotted | undefined {
  if (evidence.pod !== undefined && !isUnstarted) return undefined;
  for (const { reason, rules } of FAMILIES) {
    const events = evidence.events.filter((event) => event.type !== "Normal" && reason.test(event.reason));
    const found = spot(
      rules,
      events.map(({ message }) => message),
      facts,
    );
    if (found !== undefined) return { ...found, reason: events[0]?.reason };
  }
  return undefined;
}

const PROBES: readonly Rule[] = [
  {
    pattern: /^(?<probe>Liveness|Startup) probe (?:failed|errored)[^:]{0,60}: (?<why>.{1,300})/,
    category: "killed",
    side: "app",
    confidence: "high",
    cause: ["killed by its {probe} probe: {why}"],
    root: [
      "The kubelet killed {who} because its {probe} probe failed: {why}.",
      "Whether the program hung, was too slow, or the probe asks the wrong port or path cannot be told from this.",
    ],
    fixes: [
      "Check that the program answers what the {probe} probe of {container} asks",
      "Give it more time: `initialDelaySeconds`, `timeoutSeconds`, `failureThreshold`, or a startupProbe",
      "Look at the log before the kill: `kubectl -n {namespace} logs {pod} -c {container} --previous`",
    ],
    sign: ["{probe} probe failed", "{why}"],
  },
  {
    pattern: /failed (?<probe>liveness|startup) probe, will be restarted/,
    category: "killed",
    side: "app",
    confidence: "high",
    cause: ["killed by its {probe} probe"],
    root: ["The kubelet killed {who} because its {probe} probe failed; what the probe saw is not in the events."],
    fixes: [
      "Check that the program answers what the {probe} probe of {container} asks",
      "Give it more time: `initialDelaySeconds`, `timeoutSeconds`, `failureThreshold`, or a startupProbe",
    ],
    sign: ["{probe} probe failed"],
  },
];
const READINESS: readonly Rule[] = [
  {
    pattern: /^Readiness probe (?:failed|errored)[^:]{0,60}: (?<why>.{1,300})/,
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["not ready: {why}"],
    root: [
      "{who} runs, but its readiness probe fails: {why}.",
      "It therefore gets no traffic; possible reasons are a dependency that is down or a wrong port or path in the probe.",
    ],
    fixes: [
      "Ask the probe's address from inside the pod, and check what the program waits for",
      "Check port and path of the readinessProbe of {container}",
    ],
    sign: ["Readiness probe failed", "{why}"],
  },
];

/** Why the kubelet itself killed the container, if it did. */
export function ofKill({ evidence, facts, container }: Subject): Spotted | undefined {
  const told = evidence.events.filter(({ reason }) => reason === "Unhealthy" || reason === "Killing");
  const kills = told.some(({ reason, message }) => reason === "Killing" && /(?:liveness|startup) probe/.test(message));
  const own = told.filter(
    ({ message }) => !/^Container \S+ failed/.test(message) || message.includes(` ${container?.name} `),
  );
  if (!kills && !own.some(({ message }) => /^(?:Liveness|Startup) probe/.test(message))) return undefined;
  const found = spot(
    PROBES,
    own.map(({ message }) => message),
    facts,
  );
  return found && { ...found, facts: { ...found.facts, probe: found.facts["probe"]?.toLowerCase() } };
}

export function ofReadiness({ evidence, facts, container }: Subject): Spotted | undefined {
  if (container !== undefined && container.state !== "running") return undefined;
  const told = evidence.events.filter(({ reason }) => reason === "Unhealthy");
  const found = spot(
    READINESS,
    told.map(({ message }) => message),
    facts,
  );
  return found && { ...found, reason: "Unhealthy" };
}
