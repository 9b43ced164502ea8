// buildah, podman, docker, kaniko, skopeo: building images and pushing them to registries.
import type { LogRule } from "../log-rule.ts";

/** An image reference, or the address of a registry's API. */
const IMAGE = [
  /(?:docker:\/\/|pinging container registry |copying (?:config|layers).{0,40} to |Get "https?:\/\/|HEAD https?:\/\/|POST https?:\/\/|access to the resource.{0,20}|writing blob.{0,40}|image (?:destination )?"?|push(?:ing)? (?:image )?)"?(?<image2>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}(?::\d{1,5})?(?:\/[\w.:@-]{1,80}){0,6})/,
];

export const IMAGE_LOG_RULES: readonly LogRule[] = [
  {
    weight: 81,
    pattern: /(?<why>toomanyrequests\b.{0,120}|429 Too Many Requests|pull rate limit.{0,60})/i,
    beside: IMAGE,
    category: "registry",
    side: "infra",
    confidence: "high",
    cause: ["registry rate limit (429): {image2}", "registry rate limit (429)"],
    root: ["The registry refused a request of {who} because of its rate limit: {why}."],
    fixes: [
      "Log in before pulling (`buildah login`, or a docker-registry secret linked to service account {account})",
      "Pull base images through a mirror or cache",
      "Run again later: the limit resets by itself",
    ],
  },
  {
    weight: 80,
    pattern:
      /(?<why>unauthorized: .{1,160}|unauthorized\b.{0,80}|authentication required|requested access to the resource is denied.{0,40}|denied: .{1,120}|invalid username\/password.{0,60}|(?:status|unexpected status)(?: code)?:? ?(?:from .{1,200}: )?40[13] \w{1,20}|insufficient_scope.{0,40})(?!.*npm)/i,
    beside: IMAGE,
    category: "registry",
    side: "infra",
    confidence: "medium",
    cause: ["registry refuses {image2}: {why}", "registry refuses: {why}"],
    root: [
      "The registry did not let {who} in: {line}",
      "The credentials are missing, wrong or expired, or may not push there; some registries answer alike for repositories that do not exist.",
    ],
    fixes: [
      "Give the run's service account registry credentials: `kubectl -n {namespace} create secret docker-registry push-secret --docker-server=REGISTRY --docker-username=USER --docker-password=TOKEN`, annotated for Tekton with `tekton.dev/docker-0`",
      "Check that this account may write to {image2}",
      "Check that REGISTRY_AUTH_FILE or ~/.docker/config.json reaches {who}",
    ],
  },
  {
    weight: 79,
    pattern:
      /(?<why>manifest unknown|name unknown.{0,60}|manifest for \S{1,160} not found|repository .{1,120} not found|repository name not known to registry)/i,
    beside: [
      /(?:FROM |docker:\/\/|image "?|reading manifest \S{1,100} in |source )"?(?<image2>[\w.-]{1,80}(?::\d{1,5})?(?:\/[\w.:@-]{1,100}){1,6})/,
    ],
    category: "registry",
    side: "app",
    confidence: "high",
    cause: ["image not in the registry: {image2} ({why})", "image not in the registry: {why}"],
    root: [
      "The registry has no image {image2}: {why}. || The registry does not have an image that {who} asked for: {line}",
    ],
    fixes: [
      "Correct the image or tag in the Containerfile's FROM: {image2}",
      "See which tags there are: `skopeo list-tags docker://REPOSITORY`",
    ],
  },
  {
    weight: 74,
    pattern: /(?:Error: )?(?:error |while )?building at STEP "(?<instruction>[^"]{1,240})": (?<why>.{1,240})/,
    category: "compile",
    side: "app",
    confidence: "medium",
    cause: ["build fails at {instruction}: {why}"],
    root: ["The image build stopped at the instruction {instruction}: {why}."],
    fixes: [
      "Run that instruction in the same base image: `podman run --rm -it BASE sh`",
      "Correct the instruction {instruction} in the Containerfile",
    ],
  },
  {
    weight: 75,
    pattern:
      /(?:copier: stat: "(?<path>[^"]{1,200})"|COPY failed: .{0,80}stat (?<path2>\S{1,200}?):?|failed to compute cache key: .{0,100}"(?<path3>[^"]{1,200})"): (?:no such file or directory|file does not exist|not found)/,
    beside: [/(?:at STEP "(?<instruction>[^"]{1,200})"|STEP \d{1,4}\/\d{1,4}: (?<instruction2>(?:COPY|ADD) .{1,200}))/],
    category: "compile",
    side: "app",
    confidence: "high",
    cause: [
      "COPY: no such file in the build context: {path}",
      "COPY: no such file in the build context: {path2}",
      "COPY: no such file in the build context: {path3}",
    ],
    root: [
      "The Containerfile copies a file that is not in the build context: {line}",
      "The instruction is {instruction}.",
    ],
    fixes: [
      "Check the path against the build context and .dockerignore or .containerignore",
      "If an earlier step should make the file, check that it did",
    ],
  },
  {
    weight: 72,
    pattern:
      /(?:unknown instruction: ?"?(?<word>[\w-]{1,40})|no such file or directory.{0,40}(?<file>Containerfile|Dockerfile)|(?:open|stat) (?<file2>\S{0,160}(?:Containerfile|Dockerfile)\S{0,40}): no such file|(?<none>no (?:Containerfile|Dockerfile)\b.{0,80}))/i,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["Containerfile: unknown instruction {word}", "no such file: {file2}", "no such file: {file}", "{none}"],
    root: ["The image build cannot read its Containerfile: {line}"],
    fixes: [
      "Check the path of the Containerfile (parameter DOCKERFILE) and the context directory of the task",
      "Correct the instruction {word}",
    ],
  },
  {
    weight: 60,
    pattern:
      /(?<why>cannot clone: Operation not permitted|Error during unshare\(.{0,60}|mount .{0,80}: operation not permitted|fuse: device not found.{0,40}|newuidmap.{0,80}|potentially insufficient UIDs or GIDs.{0,80})/i,
    category: "permission",
    side: "infra",
    confidence: "high",
    cause: ["build tool may not make user namespaces or mounts: {why}"],
    root: ["The cluster does not let {who} make user namespaces or mounts, which image builds need: {why}."],
    fixes: [
      "Use `--storage-driver=vfs` and `--isolation=chroot` for buildah",
      "Run the step with the capabilities SETUID and SETGID, or an SCC that has them (OpenShift: `pipelines-scc`)",
    ],
  },
  {
    weight: 58,
    pattern:
      /(?<why>(?:received unexpected HTTP status|unexpected status code|unexpected http status|status code):? ?(?<status>50\d)[\w ]{0,40})/i,
    beside: IMAGE,
    category: "registry",
    side: "infra",
    confidence: "medium",
    cause: ["registry failed ({status}): {image2}", "server failed ({status})"],
    root: ["The server failed by itself: {line}"],
    fixes: ["Check the registry's health and storage", "Run again when it answers"],
  },
];
