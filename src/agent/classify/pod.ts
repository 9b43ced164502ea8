// What the cluster says of the whole pod: put off its node, stopped at a deadline, or never placed on a node.
import { spot, type Rule, type Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";

const POD_RULES: readonly Rule[] = [
  {
    pattern: /ephemeral local storage usage exceeds the total limit of containers (?<limit>[\w.]{1,30})/,
    category: "evicted",
    side: "app",
    confidence: "high",
    cause: ["evicted: more ephemeral storage than its limit of {limit}"],
    root: [
      "The pod wrote more to its own disk than its ephemeral-storage limit of {limit}, and was evicted from node {node}.",
    ],
    fixes: [
      "Write large files to a volume (emptyDir with sizeLimit, or a PersistentVolumeClaim)",
      "Raise `resources.limits.ephemeral-storage` above {limit}",
    ],
  },
  {
    pattern: /Container (?<culprit>[\w.-]{1,63}) exceeded its local ephemeral storage limit "(?<limit>[\w.]{1,30})"/,
    category: "evicted",
    side: "app",
    confidence: "high",
    cause: ["evicted: {culprit} used more ephemeral storage than {limit}"],
    root: [
      "Container {culprit} wrote more to its disk than its ephemeral-storage limit of {limit}, and the pod was evicted from node {node}.",
    ],
    fixes: [
      "Find what {culprit} writes (logs, caches, build output) and put it on a volume",
      "Raise `resources.limits.ephemeral-storage` of {culprit} above {limit}",
    ],
  },
  {
    pattern: /EmptyDir volume "(?<volume>[\w.-]{1,63})" exceeds the limit "(?<limit>[\w.]{1,30})"/,
    category: "evicted",
    side: "app",
    confidence: "high",
    cause: ["evicted: emptyDir {volume} grew beyond its limit of {limit}"],
    root: ["The emptyDir volume {volume} grew beyond its sizeLimit of {limit}, and the pod was evicted."],
    fixes: ["Raise `sizeLimit` of volume {volume} above {limit}", "Or clean up what is written there"],
  },
  {
    pattern:
      /node was low on resource: (?<resource>[\w-]{1,40})(?:.{0,300}?Container (?<culprit>[\w.-]{1,63}) was using (?<used>[\w.]{1,30}), request is (?<asked>[\w.]{1,30}))?/,
    category: "evicted",
    side: "infra",
    confidence: "high",
    cause: ["evicted: the node ran low on {resource}"],
    root: [
      "Node {node} ran low on {resource} and the kubelet evicted this pod.",
      "Container {culprit} was using {used} with a request of {asked}, so it went among the first.",
    ],
    fixes: [
      "Set `resources.requests` for {resource} of {culprit} near what it uses ({used}) || Set `resources.requests` for {resource} to what the pod really uses",
      "Check what else fills node {node}: `kubectl describe node {node}`",
    ],
  },
  {
    pattern: /node had condition: \[(?<resource>[\w, ]{1,80})\]/,
    category: "evicted",
    side: "infra",
    confidence: "high",
    cause: ["not admitted: the node has {resource}"],
    root: ["Node {node} reports {resource}, and takes or keeps no such pods."],
    fixes: [
      "Clear {resource} on node {node}: `kubectl describe node {node}`",
      "Run again: the scheduler will choose another node",
    ],
  },
  {
    pattern: /active on the node longer than the specified deadline|^DeadlineExceeded/,
    category: "timeout",
    side: "app",
    confidence: "high",
    cause: ["pod stopped at its activeDeadlineSeconds"],
    root: [
      "The pod ran longer than its activeDeadlineSeconds allows, so the kubelet ended it.",
      "Whether it hung or was only slow cannot be told from this.",
    ],
    fixes: [
      "Look at the last lines of its log for where it waited",
      "Raise `activeDeadlineSeconds` of {workload} if the work really takes longer",
    ],
  },
  {
    pattern: /[Pp]reempt(?:ed|ing)/,
    category: "evicted",
    side: "infra",
    confidence: "high",
    cause: ["preempted by a pod of higher priority"],
    root: ["The scheduler or kubelet removed this pod to make room for one with a higher priority."],
    fixes: ["Run again", "Give the workload a higher `priorityClassName` if it must not be preempted"],
  },
  {
    pattern: /node shutdown|NodeShutdown|NodeLost|NodeNotReady|node .{0,60}(?:unreachable|unresponsive)|^Terminated:/,
    category: "killed",
    side: "infra",
    confidence: "high",
    cause: ["node {node} shut down or was lost", "the node shut down or was lost"],
    root: ["The pod ended because its node {node} went away; nothing is known against the program."],
    fixes: ["Run again", "Check why node {node} went: `kubectl describe node {node}`"],
  },
  {
    pattern:
      /enough resource: (?<resource>[\w./-]{1,60}), requested: (?<asked>\d{1,20}), used: (?<used>\d{1,20}), capacity: (?<capacity>\d{1,20})/,
    category: "unschedulable",
    side: "infra",
    confidence: "high",
    cause: ["node rejected the pod: {asked} {resource} asked, {used} of {capacity} used"],
    root: ["The kubelet of node {node} had no room: {asked} {resource} were asked, {used} of {capacity} were in use."],
    fixes: ["Run again: another node may have room", "Lower `resources.requests` for {resource}"],
  },
  {
    pattern:
      /^(?<word>Evicted|UnexpectedAdmissionError|NodeAffinity|OutOf\w{1,30}|Shutdown|Preempting|TopologyAffinityError|SysctlForbidden|AppArmor)\b/,
    category: "evicted",
    side: "infra",
    confidence: "high",
    cause: ["pod ended by the cluster: {word}"],
    root: ["The kubelet of node {node} ended or refused the pod: {said}."],
    fixes: ["Read the node's state: `kubectl describe node {node}`", "Run again"],
  },
];

export function ofPod({ evidence: { pod, events }, facts }: Subject): Spotted | undefined {
  const reason = pod?.reason ?? "";
  const evictions = events.filter((event) => event.reason === "Evicted" || event.reason === "Preempted");
  if (reason === "" && evictions.length === 0) return undefined;
  const message = pod?.message ?? "";
  const texts = [message, ...evictions.map(({ message }) => message), `${reason}: ${message}`];
  const found = spot(POD_RULES, texts, facts);
  return found && { ...found, reason: reason === "" ? "Evicted" : reason };
}

const SCHEDULE_RULES: readonly Rule[] = [
  {
    pattern:
      /(?<predicates>\d{1,6}\/\d{1,6} nodes are available: .{0,300}?persistentvolumeclaim "(?<claim>[\w.-]{1,253})" (?:not found|is being deleted).{0,200})|persistentvolumeclaim "(?<claim2>[\w.-]{1,253})" (?:not found|is being deleted)/,
    category: "unschedulable",
    side: "app",
    confidence: "high",
    cause: ["PersistentVolumeClaim {claim} not found", "PersistentVolumeClaim {claim2} not found"],
    root: [
      "The pod mounts a PersistentVolumeClaim that is not in namespace {namespace}, so no node can take it.",
      "The scheduler says: {said}.",
    ],
    fixes: [
      "Create the PersistentVolumeClaim {claim} in {namespace}, or correct the name in the pod template",
      "Create the PersistentVolumeClaim {claim2} in {namespace}, or correct the name in the pod template",
      "See which there are: `kubectl -n {namespace} get pvc`",
    ],
  },
  {
    pattern: /unbound immediate PersistentVolumeClaims/,
    category: "unschedulable",
    side: "infra",
    confidence: "high",
    cause: ["unschedulable: PersistentVolumeClaim is not bound"],
    root: [
      "A PersistentVolumeClaim of the pod has no volume yet, so no node can take it.",
      "The scheduler says: {said}.",
    ],
    fixes: [
      "See why it is not bound: `kubectl -n {namespace} get pvc` and `kubectl -n {namespace} describe pvc NAME`",
      "Check that its storage class exists and its provisioner runs: `kubectl get storageclass`",
    ],
  },
  {
    pattern: /volume node affinity conflict/,
    category: "unschedulable",
    side: "infra",
    confidence: "high",
    cause: ["unschedulable: volume is in another zone than the nodes"],
    root: [
      "The volume that the pod mounts can only be used on other nodes than those that are free.",
      "The scheduler says: {said}.",
    ],
    fixes: ["Use a storage class with `volumeBindingMode: WaitForFirstConsumer`", "Add capacity in the volume's zone"],
  },
  {
    pattern: /(?<scarce>Insufficient [\w./-]{1,80}|Too many pods)/,
    category: "unschedulable",
    side: "infra",
    confidence: "high",
    cause: ["unschedulable: {scarce}"],
    root: ["No node has room for the pod ({scarce}).", "It requests {requests}.", "The scheduler says: {said}."],
    fixes: [
      "Lower `resources.requests` if they are more than it needs ({requests}) || Lower `resources.requests` of the pod if they are more than it needs",
      "Add nodes, or free some: `kubectl describe nodes | grep -A8 'Allocated resources'`",
    ],
  },
  {
    pattern: /untolerated taint \{(?<taint>[^}]{1,120})\}/,
    category: "unschedulable",
    side: "app",
    confidence: "high",
    cause: ["unschedulable: untolerated taint {taint}"],
    root: [
      "The nodes that would fit carry the taint {taint}, which the pod does not tolerate.",
      "The scheduler says: {said}.",
    ],
    fixes: ["Add a toleration for {taint} to the pod, if it may run there", "Or add nodes without that taint"],
  },
  {
    pattern: /didn't match Pod's node affinity|didn't match node selector|node\(s\) didn't match/,
    category: "unschedulable",
    side: "app",
    confidence: "high",
    cause: ["unschedulable: no node matches the pod's node selector or affinity"],
    root: ["No node has the labels that the pod's nodeSelector or affinity asks for.", "The scheduler says: {said}."],
    fixes: [
      "Compare with `kubectl get nodes --show-labels` and correct nodeSelector or affinity",
      "Or label a node accordingly",
    ],
  },
  {
    pattern: /.{1,}/,
    category: "unschedulable",
    side: "infra",
    confidence: "high",
    cause: ["unschedulable: {said}"],
    root: ["The scheduler found no node for the pod: {said}."],
    fixes: [
      "Read `kubectl -n {namespace} describe pod {pod}` and free what it names",
      "Compare the pod's requests with `kubectl describe nodes`",
    ],
  },
];

export function ofScheduling({ evidence: { pod, events }, facts, isUnstarted }: Subject): Spotted | undefined {
  const condition = pod?.conditions.find(({ type, status }) => type === "PodScheduled" && status !== "True");
  const refused = events.filter(({ reason }) => reason === "FailedScheduling");
  if (condition === undefined && !(isUnstarted && refused.length > 0 && pod?.node === undefined)) return undefined;
  const gated = condition?.reason === "SchedulingGated" ? `SchedulingGated: ${condition.message ?? ""}` : undefined;
  const said = [gated ?? condition?.message ?? "", ...refused.map(({ message }) => message), condition?.reason ?? ""];
  const found = spot(SCHEDULE_RULES, said, facts);
  return found && { ...found, reason: condition?.reason ?? "Unschedulable" };
}
