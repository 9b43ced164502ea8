// Why the API server takes no pod: quotas, limit ranges, webhooks, pod security. The same sentences stand in events and in Tekton's conditions.
import type { Rule } from "./rule.ts";

export const ADMISSION_RULES: readonly Rule[] = [
  {
    pattern:
      /exceeded quota: (?<quota>[\w.-]{1,253}), requested: (?<asked>[\w.,=/:-]{1,200}?), used: (?<used>[\w.,=/:-]{1,200}?), limited: (?<limited>[\w.,=/:-]{1,200})/,
    category: "quota",
    side: "infra",
    confidence: "high",
    cause: ["quota {quota}: {asked} asked, {used} used of {limited}"],
    root: [
      "The ResourceQuota {quota} of namespace {namespace} has no room: requested {asked}, used {used}, limited {limited}.",
    ],
    fixes: [
      "Free some: delete finished pods and runs in {namespace}",
      "Lower the pod's requests and limits ({asked})",
      "Ask for a larger quota; see it with `kubectl -n {namespace} describe quota {quota}`",
    ],
    sign: ["exceeded quota: {quota}", "{asked}"],
  },
  {
    pattern: /failed quota: (?<quota>[\w.-]{1,253}): must specify (?<what>[\w., /:;-]{1,200})/,
    category: "quota",
    side: "app",
    confidence: "high",
    cause: ["quota {quota} demands {what}"],
    root: [
      "The ResourceQuota {quota} of namespace {namespace} only takes pods that set {what}, and this one does not.",
    ],
    fixes: ["Set {what} for every container of the pod", "Or give namespace {namespace} a LimitRange with defaults"],
  },
  {
    pattern:
      /(?<rule>(?:maximum|minimum) (?<resource>[\w-]{1,40}) usage per (?<per>\w{1,30}) is (?<bound>[\w.]{1,30}), but (?<kind>limit|request) is (?<asked>[\w.]{1,30}))/,
    category: "quota",
    side: "app",
    confidence: "high",
    cause: ["LimitRange: {rule}"],
    root: ["A LimitRange of namespace {namespace} refuses the pod: {rule}."],
    fixes: [
      "Set the {resource} {kind} of the container within {bound}",
      "See the bounds: `kubectl -n {namespace} describe limitrange`",
    ],
  },
  {
    // Kyverno: "... was blocked due to the following policies  POLICY: RULE: 'validation error: ...'"; Gatekeeper: "[POLICY] ..."
    pattern:
      /admission webhook "(?<webhook>[\w./-]{1,253})" denied the request: (?:.{0,300}?\bblocked\b(?: due to the following policies)?:? {1,4}(?<policy>[\w.-]{1,100}): {1,6}(?:[\w.-]{1,100}: {1,4})?['"]?(?:validation error: )?|\[(?<policy2>[\w.-]{1,100})\] )(?<why>.{1,400})/,
    category: "admission",
    side: "app",
    confidence: "high",
    cause: ["policy {policy}: {why}", "policy {policy2}: {why}"],
    root: [
      "The policy {policy} refuses the object, by the admission webhook {webhook}: {why}. || The policy {policy2} refuses the object, by the admission webhook {webhook}: {why}.",
      "The object never came into the cluster.",
    ],
    fixes: [
      "Change the object so that policy {policy} accepts it",
      "Change the object so that policy {policy2} accepts it",
      "If the policy is wrong for namespace {namespace}, ask the owners of {webhook} for an exception",
    ],
  },
  {
    pattern:
      /admission webhook "(?<webhook>[\w./-]{1,253})" denied the request(?: without explanation|: (?<why>.{1,400}))?/,
    category: "admission",
    side: "app",
    confidence: "high",
    cause: ["denied by webhook {webhook}: {why}", "denied by webhook {webhook}"],
    root: ["The admission webhook {webhook} denied the request: {why}.", "The object never came into the cluster."],
    fixes: [
      "Change the object so that {webhook} accepts it: {why}",
      "If the rule is wrong for namespace {namespace}, ask the owners of {webhook} for an exception",
    ],
  },
  {
    pattern: /failed calling webhook "(?<webhook>[\w./-]{1,253})": (?<why>.{1,400})/,
    category: "admission",
    side: "infra",
    confidence: "high",
    cause: ["webhook {webhook} does not answer: {why}"],
    root: ["The API server could not ask the admission webhook {webhook}: {why}."],
    fixes: ["Check the pods and the certificate of the service behind {webhook}", "Run again when it answers"],
  },
  {
    pattern: /violates PodSecurity "(?<level>[\w:.-]{1,60})": (?<why>.{1,500})/,
    category: "admission",
    side: "app",
    confidence: "high",
    cause: ["violates PodSecurity {level}: {why}"],
    root: ["Namespace {namespace} enforces the pod security level {level}, and the pod breaks it: {why}."],
    fixes: [
      "Set a securityContext that fits: runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities.drop: [ALL], seccompProfile.type: RuntimeDefault",
      "See the level: `kubectl get namespace {namespace} --show-labels`",
    ],
  },
  {
    pattern: /unable to validate against any security context constraint: (?<why>.{1,400})/,
    category: "admission",
    side: "app",
    confidence: "high",
    cause: ["no security context constraint (SCC) allows the pod"],
    root: [
      "OpenShift found no SCC that allows the pod for service account {account}: {why}. || OpenShift found no SCC that allows the pod: {why}.",
    ],
    fixes: [
      "Remove what the SCC forbids (runAsUser, privileged, hostPath) from the pod",
      "Or grant an SCC: `oc -n {namespace} adm policy add-scc-to-user anyuid -z {account}` || Or grant an SCC to the pod's service account: `oc -n {namespace} adm policy add-scc-to-user anyuid -z SERVICEACCOUNT`",
    ],
  },
  {
    pattern:
      /serviceaccounts? "?(?<account>[\w.-]{1,253}?)"? not found|error looking up service account [\w.-]{1,63}\/(?<account2>[\w.-]{1,253})/i,
    category: "pod-creation",
    side: "app",
    confidence: "high",
    cause: ["service account {account} does not exist", "service account {account2} does not exist"],
    root: ["The pod should run as a service account that namespace {namespace} does not have: {said}."],
    fixes: [
      "Create it: `kubectl -n {namespace} create serviceaccount {account}`",
      "Create it: `kubectl -n {namespace} create serviceaccount {account2}`",
      "Or correct the name in the pod or run",
    ],
  },
  {
    pattern: /(?<object>[\w.]{1,60} "[^"]{1,253}" is (?:forbidden|invalid)): (?<why>.{1,400})/,
    category: "admission",
    side: "app",
    confidence: "high",
    cause: ["the API server refused the object: {why}"],
    root: ["The API server refused to make the object: {why}."],
    fixes: [
      "Correct what it names: {why}",
      "Check what the creator may do in {namespace}: `kubectl -n {namespace} auth can-i create pods --as=system:serviceaccount:{namespace}:{account}`",
    ],
  },
];
