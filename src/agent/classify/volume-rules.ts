// Why a pod got no volumes or no network: events of kubelets, attach controllers and network plugins.
import type { Rule } from "./rule.ts";

export const VOLUME_RULES: readonly Rule[] = [
  {
    pattern:
      /for volume "(?<volume>[^"]{1,100})"[^"]{0,40}(?<kind>secret|configmap) "(?<object>[\w.-]{1,253})" not found/,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["volume {volume}: {kind} {object} does not exist"],
    root: [
      "The volume {volume} is made from the {kind} {object}, and there is none in namespace {namespace}.",
      "The pod waits until it appears.",
    ],
    fixes: [
      "Create the {kind} {object} in {namespace}: `kubectl -n {namespace} create {kind} ... {object}`",
      "Or correct its name in the pod template",
    ],
  },
  {
    pattern:
      /for volume "(?<volume>[^"]{1,100})".{0,80}references non-existent (?:secret|config) key: (?<key>[\w.-]{1,253})/,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["volume {volume} names a key that does not exist: {key}"],
    root: ["The volume {volume} lists the key {key}, which its Secret or ConfigMap does not have."],
    fixes: ["Add the key {key} to the object, or take it out of `items` of volume {volume}"],
  },
  {
    pattern: /Multi-Attach error for volume "(?<volume>[^"]{1,100})" (?<why>.{1,200})/,
    category: "volume-mount",
    side: "infra",
    confidence: "high",
    cause: ["volume {volume} is still attached elsewhere (Multi-Attach)"],
    root: ["The volume {volume} can be attached to one node only and still is to another: {why}."],
    fixes: [
      "Stop the other pod that uses the claim, or wait until its node lets go",
      "Use strategy `Recreate` for {workload}, or a ReadWriteMany volume",
      "See what holds it: `kubectl get volumeattachments | grep {volume}`",
    ],
  },
  {
    pattern: /persistentvolumeclaim "(?<claim>[\w.-]{1,253})" (?<why>not found|is being deleted|not bound)/i,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["PersistentVolumeClaim {claim} {why}"],
    root: ["The pod mounts the PersistentVolumeClaim {claim}, and it is {why}."],
    fixes: [
      "Look at it: `kubectl -n {namespace} get pvc {claim}`",
      "Create {claim} in {namespace}, or correct the name in the pod template",
    ],
  },
  {
    pattern: /storageclass(?:\.storage\.k8s\.io)? "(?<class>[\w.-]{1,253})" not found/,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["storage class {class} does not exist"],
    root: ["A PersistentVolumeClaim asks for storage class {class}, which the cluster does not have."],
    fixes: ["Choose one of `kubectl get storageclass` in the claim", "Or create the storage class {class}"],
  },
  {
    pattern: /MountVolume\.\w{1,20} failed for volume "(?<volume>[^"]{1,100})" ?: (?<why>.{1,300})/,
    category: "volume-mount",
    side: "infra",
    confidence: "high",
    cause: ["volume {volume} cannot be mounted: {why}"],
    root: ["The kubelet could not mount volume {volume} on node {node}: {why}."],
    fixes: [
      "Check that the storage behind {volume} is up and lets node {node} in || Check that the storage behind {volume} is up and lets the node in",
      "Read its events: `kubectl -n {namespace} describe pod {pod}`",
    ],
  },
  {
    pattern: /AttachVolume\.Attach failed for volume "(?<volume>[^"]{1,100})" ?: (?<why>.{1,300})/,
    category: "volume-mount",
    side: "infra",
    confidence: "high",
    cause: ["volume {volume} cannot be attached: {why}"],
    root: ["The storage driver could not attach volume {volume} to node {node}: {why}."],
    fixes: [
      "Check the storage driver's pods and `kubectl describe volumeattachments`",
      "Check that the disk behind {volume} exists in the node's zone",
    ],
  },
  {
    pattern:
      /unmounted volumes=\[(?<volume>[\w., -]{1,200})\].{0,200}?(?<why>timed out waiting for the condition|context deadline exceeded)/,
    category: "volume-mount",
    side: "infra",
    confidence: "high",
    cause: ["volume {volume} was not mounted in time"],
    root: [
      "The kubelet waited in vain for volume {volume}: {why}.",
      "The reason may stand in another event of the pod or of its PersistentVolumeClaim.",
    ],
    fixes: [
      "Read `kubectl -n {namespace} describe pod {pod}` and `kubectl -n {namespace} get pvc`",
      "Check the storage driver's pods on node {node}",
    ],
  },
];

export const SANDBOX_RULES: readonly Rule[] = [
  {
    pattern:
      /(?<why>no (?:available )?IP addresses.{0,120}|failed to assign an IP address.{0,80}|no free IPs?.{0,80}|range.{0,20}is full)/i,
    category: "pod-creation",
    side: "infra",
    confidence: "high",
    cause: ["no free IP address for the pod"],
    root: ["The network plugin has no address left for the pod on node {node}: {why}."],
    fixes: [
      "Give the network more addresses, or remove finished pods that still hold some",
      "Run again: another node may have addresses",
    ],
  },
  {
    pattern: /plugin type="(?<plugin>[\w.-]{1,60})".{0,80}?failed \((?:add|delete)\): (?<why>.{1,300})/,
    category: "pod-creation",
    side: "infra",
    confidence: "high",
    cause: ["network plugin {plugin} failed: {why}"],
    root: ["The pod got no network on node {node}: plugin {plugin} said {why}."],
    fixes: [
      "Check the pods of {plugin} on node {node}",
      "Delete the pod so that it is placed anew: `kubectl -n {namespace} delete pod {pod}`",
    ],
  },
  {
    pattern: /(?<why>.{1,300})/,
    category: "pod-creation",
    side: "infra",
    confidence: "high",
    cause: ["the pod's sandbox cannot be made: {why}"],
    root: ["The container runtime on node {node} could not make the pod's sandbox: {why}."],
    fixes: [
      "Check kubelet, runtime and network plugin of node {node}",
      "Delete the pod so that it is placed anew: `kubectl -n {namespace} delete pod {pod}`",
    ],
  },
];
