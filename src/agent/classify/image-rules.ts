// Why an image does not come: what kubelets (containerd, CRI-O) and registries say. https://kubernetes.io/docs/concepts/containers/images/
import type { Rule } from "./rule.ts";

const AUTH_FIXES = [
  "Create a pull secret: `kubectl -n {namespace} create secret docker-registry {pull_secret} --docker-server=REGISTRY --docker-username=USER --docker-password=TOKEN` || Create a pull secret (`kubectl -n {namespace} create secret docker-registry regcred --docker-server=REGISTRY --docker-username=USER --docker-password=TOKEN`) and name it in imagePullSecrets of the pod or of service account {account}",
  "Check that the account in the pull secret may read {image}, and that its token has not expired",
  "Check the spelling of {image}: registries also answer like this for repositories that do not exist",
] as const;

export const IMAGE_RULES: readonly Rule[] = [
  {
    pattern:
      /(?<answer>couldn't parse image (?:name|reference)[^:]{0,200}(?::.{0,80})?|invalid reference format.{0,60}|InvalidImageName)/,
    category: "image-pull",
    side: "app",
    confidence: "high",
    cause: [`invalid image name "{short_image}"`],
    root: ["The image reference {image} cannot be parsed: {answer}."],
    fixes: [
      "Correct the image reference in the pod template: lower case, `registry/repository:tag`, no blanks and no empty tag",
      "If the tag comes from a variable, check that it is set and has no line break",
    ],
    sign: ["{image}", "invalid image name"],
  },
  {
    pattern: /(?<answer>toomanyrequests\b.{0,120}|429 Too Many Requests|pull rate limit)/i,
    category: "image-pull",
    side: "infra",
    confidence: "high",
    cause: ["registry rate limit (429) for {short_image}"],
    root: [
      "The registry refused the pull of {image} because of its rate limit: {answer}.",
      "The image itself may be fine.",
    ],
    fixes: [
      "Pull with an account: add a docker-registry secret for this registry to service account {account} in {namespace}",
      "Use a mirror or a pull-through cache for {image}",
      "Run again later: the limit resets by itself",
    ],
    sign: ["{image}", "toomanyrequests"],
  },
  {
    pattern: /(?<answer>x509: .{1,200}|tls: .{1,120}|certificate signed by unknown authority)/,
    category: "tls",
    side: "infra",
    confidence: "high",
    cause: ["registry certificate not trusted for {short_image}"],
    root: ["The node could not trust the registry's certificate while pulling {image}: {answer}."],
    fixes: [
      "Install the registry's CA on the nodes (OpenShift: `additionalTrustedCA` of image.config.openshift.io/cluster; containerd: `certs.d/<registry>/ca.crt`)",
      "Check that the registry's certificate has not expired and names the host in {image}",
    ],
    sign: ["{image}", "x509"],
  },
  {
    pattern:
      /(?<answer>lookup (?<host>[\w.-]{1,200}).{0,120}(?:no such host|server misbehaving|i\/o timeout|try again))/,
    category: "network",
    side: "infra",
    confidence: "high",
    cause: ["registry host {host} does not resolve"],
    root: ["The node could not resolve {host} while pulling {image}: {answer}."],
    fixes: ["Check the registry's host name in {image}", "Check DNS on node {node}: `nslookup {host}`"],
    sign: ["{image}", "no such host"],
  },
  {
    pattern: /(?<answer>server gave HTTP response to HTTPS client)/,
    category: "image-pull",
    side: "infra",
    confidence: "high",
    cause: ["registry of {short_image} speaks plain HTTP"],
    root: ["The registry of {image} answered HTTP where the node speaks HTTPS."],
    fixes: [
      "Serve the registry over TLS, or list it as an insecure registry on the nodes",
      "Check the port in {image}",
    ],
    sign: ["{image}", "HTTP response to HTTPS client"],
  },
  {
    pattern:
      /(?<answer>no match(?:ing manifest)? for (?:platform|[\w/]{3,40}) in (?:the )?manifest[^:]{0,60}|no image found in (?:manifest list|image index) for architecture.{0,60})/i,
    category: "image-pull",
    side: "app",
    confidence: "high",
    cause: ["{short_image} has no build for the node's platform"],
    root: ["{image} was not built for the architecture of node {node}: {answer}."],
    fixes: [
      "Build the image for that platform too: `podman build --platform linux/amd64,linux/arm64 --manifest {image} .`",
      "Or pin the pod to nodes of the image's platform: nodeSelector `kubernetes.io/arch`",
    ],
    sign: ["{image}", "no match for platform"],
  },
  {
    pattern: /(?<answer>no space left on device)/,
    category: "disk-full",
    side: "infra",
    confidence: "high",
    cause: ["node disk full while pulling {short_image}"],
    root: ["Node {node} has no disk space left to unpack {image}."],
    fixes: [
      "Free the image disk of node {node}: `crictl rmi --prune`",
      "Make the image smaller, or the node's disk larger",
    ],
    sign: ["{image}", "no space left on device"],
  },
  {
    pattern:
      /(?<answer>pull access denied.{0,160}|requested access to the resource is denied|unauthorized\b.{0,120}|authentication required|insufficient_scope.{0,60}|403 Forbidden|401 Unauthorized|denied: .{1,120}|no basic auth credentials|invalid username\/password.{0,60})/i,
    category: "image-pull",
    side: "infra",
    confidence: "high",
    cause: ["registry denies access to {short_image}"],
    root: [
      "The registry refused to hand out {image}: {answer}.",
      "The pull secret {pull_secret}, which the pod names, could not be read in {namespace}.",
      "Either the credentials are missing or wrong, or the repository does not exist: registries answer both alike.",
    ],
    fixes: AUTH_FIXES,
    sign: ["{image}", "denied"],
  },
  {
    pattern:
      /(?<answer>manifest unknown\b.{0,80}|manifest for .{1,160} not found|name unknown.{0,80}|repository does not exist|repository .{1,160} not found|failed to resolve reference .{1,200}: not found|\bNotFound\b|not found$|404 Not Found)/,
    category: "image-pull",
    side: "app",
    confidence: "high",
    cause: ["image not found in the registry: {short_image}"],
    root: [
      "The registry has no image {image}: {answer}.",
      "Certain is only that this tag or repository is not there now; it may have been misspelled, deleted or not pushed yet.",
    ],
    fixes: [
      "See which tags there are: `skopeo list-tags docker://REPOSITORY`, and correct the tag of {image}",
      "If a build should have pushed {image}, check that its push step ended well before this pod started",
    ],
    sign: ["{image}", "not found"],
  },
  {
    pattern: /(?<answer>is not present with pull policy of Never)/,
    category: "image-pull",
    side: "app",
    confidence: "high",
    cause: ["{short_image} is not on the node, and pull policy is Never"],
    root: ["imagePullPolicy is Never, and node {node} does not hold {image}."],
    fixes: ["Set imagePullPolicy to IfNotPresent for {container}", "Or load {image} onto the node first"],
    sign: ["{image}", "pull policy of Never"],
  },
  {
    pattern:
      /(?<answer>SignatureValidationFailed|Source image rejected.{0,120}|signature .{0,60}(?:invalid|required|not found).{0,60})/i,
    category: "image-pull",
    side: "infra",
    confidence: "high",
    cause: ["signature policy rejects {short_image}"],
    root: ["The node's signature policy does not accept {image}: {answer}."],
    fixes: ["Sign {image} with a key that the cluster's policy accepts", "Or add its repository to the policy"],
    sign: ["{image}", "signature"],
  },
  {
    pattern:
      /(?<answer>dial tcp.{0,160}|i\/o timeout|connection (?:refused|reset).{0,80}|context deadline exceeded|Client\.Timeout.{0,60}|TLS handshake timeout|50[0-4] [A-Z].{0,40}|unexpected EOF)/,
    category: "network",
    side: "infra",
    confidence: "high",
    cause: ["registry cannot be reached for {short_image}"],
    root: ["Node {node} could not reach the registry of {image}: {answer}."],
    fixes: [
      "Check that the registry is up and can be reached from the nodes (firewall, proxy, network policy)",
      "Run again when it answers: nothing is known against the image itself",
    ],
    sign: ["{image}", "registry cannot be reached"],
  },
  {
    pattern: /(?<answer>.{1,300})/,
    category: "image-pull",
    side: "unknown",
    confidence: "medium",
    cause: ["image {short_image} cannot be pulled", "an image cannot be pulled"],
    root: [
      "The kubelet cannot pull {image}, and the registry's answer is not in the evidence.",
      "Possible are a wrong tag, missing credentials, or a registry that is down.",
    ],
    fixes: [
      "Read the registry's answer: `kubectl -n {namespace} describe pod {pod}`",
      "Check that {image} exists: `skopeo inspect docker://{image}`",
      "Check the pull secrets of service account {account} in {namespace}",
    ],
    sign: ["{image}", "cannot be pulled"],
  },
];
