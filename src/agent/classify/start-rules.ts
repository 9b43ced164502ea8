// Why a container cannot be made or started: missing configuration, and what the runtime says of the command.
import type { Rule } from "./rule.ts";

/** CreateContainerConfigError, and mounts of the same objects. */
export const CONFIG_RULES: readonly Rule[] = [
  {
    pattern:
      /couldn't find key (?<key>[\w.-]{1,253}) in (?<kind>Secret|ConfigMap) (?:[\w.-]{1,63}\/)?(?<object>[\w.-]{1,253})/,
    category: "container-config",
    side: "app",
    confidence: "high",
    cause: ["{kind} {object} has no key {key}"],
    root: [
      "{who} needs the key {key} of {kind} {object} in namespace {namespace}; the {kind} is there, the key is not.",
    ],
    fixes: [
      "See which keys there are: `kubectl -n {namespace} describe {kind} {object}`",
      "Add the key {key} to {kind} {object}, or correct the key's name in the pod template",
    ],
  },
  {
    pattern: /secrets? "(?<object>[\w.-]{1,253})" (?:not found|is forbidden)/i,
    category: "container-config",
    side: "app",
    confidence: "high",
    cause: ["Secret {object} does not exist"],
    root: ["{who} needs the Secret {object}, and there is none in namespace {namespace}."],
    fixes: [
      "Create it: `kubectl -n {namespace} create secret generic {object} --from-literal=KEY=VALUE`",
      "If an operator (external-secrets, sealed-secrets) should make {object}, check its status in {namespace}",
      "Or correct the name in the pod template of {workload}",
    ],
  },
  {
    pattern: /configmaps? "(?<object>[\w.-]{1,253})" (?:not found|is forbidden)/i,
    category: "container-config",
    side: "app",
    confidence: "high",
    cause: ["ConfigMap {object} does not exist"],
    root: ["{who} needs the ConfigMap {object}, and there is none in namespace {namespace}."],
    fixes: [
      "Create it: `kubectl -n {namespace} create configmap {object} --from-literal=KEY=VALUE`",
      "Or correct the name in the pod template of {workload}",
    ],
  },
  {
    pattern: /references non-existent (?<kind>secret|config) key: (?<key>[\w.-]{1,253})/,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["volume names a {kind} key that does not exist: {key}"],
    root: ["A volume of the pod lists the key {key}, which the {kind} object does not have."],
    fixes: ["Add the key {key} to the object, or take it out of `items` of the volume"],
  },
  {
    pattern: /container has runAsNonRoot and image (?<what>will run as root|has non-numeric user \([\w.-]{1,60}\))/,
    category: "container-config",
    side: "app",
    confidence: "high",
    cause: ["runAsNonRoot, but the image {what}"],
    root: ["The pod demands a user other than root, but the image {what}: {said}."],
    fixes: ["Set a numeric user in the image: `USER 1001`", "Or set `securityContext.runAsUser: 1001` for {container}"],
  },
  {
    pattern: /failed to prepare subPath for volumeMount "(?<volume>[^"]{1,100})"/,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["subPath of volume {volume} cannot be prepared"],
    root: ["The kubelet could not prepare the subPath of {volume} for {who}: {said}."],
    fixes: ["Check that the subPath exists in volume {volume} and that its owner lets the pod's user in"],
  },
];

/** What the container runtime says when the process cannot be started. */
export const START_RULES: readonly Rule[] = [
  {
    pattern: /exec: "(?<command>[^"]{1,200})": (?:executable file )?not found in \$?PATH/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["command not found in the image: {command}"],
    root: ["The image {image} has no executable {command} in its PATH, so {who} never started (127)."],
    fixes: [
      "Correct `command` of {container}, or install {command} in {image}",
      "See what is there: `podman run --rm --entrypoint sh {image} -c 'command -v {command}'`",
    ],
  },
  {
    pattern: /(?:exec: "|exec |stat )(?<command>[^":\s]{1,200})"?: no such file or directory/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["no such file in the image: {command}"],
    root: [
      "{who} should start {command}, and the image {image} has no such file (127).",
      "If the file is there, its interpreter may be missing: a script's first line, or a binary that needs another libc.",
    ],
    fixes: [
      "Correct `command` of {container}, or copy {command} into the image",
      "Check the script's first line and that it has no Windows line ends (`\\r`)",
    ],
  },
  {
    pattern: /(?:exec: "|exec )(?<command>[^":\s]{1,200})"?: permission denied/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["{command} is not executable"],
    root: ["The image has {command}, but the pod's user may not execute it (126)."],
    fixes: [
      "Make it executable in the Containerfile: `RUN chmod +x {command}` (or `COPY --chmod=755`)",
      "Check that the pod's user may read the directories above it",
    ],
  },
  {
    pattern: /exec (?:user process caused.{0,20})?"?(?<command>[^":\s]{0,200})"?:? ?"?exec format error/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["exec format error: image of another CPU architecture", "exec format error"],
    root: [
      "The node's CPU cannot run what {image} starts.",
      "Usually the image was built for another architecture; possible is also a script without a first line `#!`.",
    ],
    fixes: [
      "Build {image} for the node's architecture: `podman build --platform linux/amd64 .`",
      "If the command is a script, give it a first line such as `#!/bin/sh`",
    ],
  },
  {
    pattern: /no command specified/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["the image has no command and the pod names none"],
    root: ["{image} has neither ENTRYPOINT nor CMD, and {container} sets no command."],
    fixes: ["Set `command` for {container}, or ENTRYPOINT in the image"],
  },
  {
    pattern: /(?:not a directory|Are you trying to mount a directory onto a file)/,
    category: "volume-mount",
    side: "app",
    confidence: "high",
    cause: ["a volume is mounted onto a path of the wrong kind"],
    root: ["The runtime could not mount a volume for {who}: {said}."],
    fixes: [
      "To mount one file, set `subPath` to its name in the volumeMount of {container}",
      "Or mount the volume on a directory that does not exist in the image",
    ],
  },
  {
    pattern: /PostStartHookError|failed postStart|PreCreateHookError/i,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["postStart hook failed"],
    root: ["The postStart hook of {who} failed, so the kubelet stopped the container: {said}."],
    fixes: ["Run the hook's command by hand in {image} and correct it"],
  },
  {
    pattern: /context deadline exceeded|failed to reserve container name|is already in use/,
    category: "container-start",
    side: "infra",
    confidence: "medium",
    cause: [
      "the runtime on node {node} did not create the container in time",
      "the container runtime did not create the container in time",
    ],
    root: ["The container runtime was too slow or confused: {said}.", "The program itself never ran."],
    fixes: [
      "Check the load and disk of node {node}, and its kubelet and runtime logs",
      "Delete the pod so that it starts elsewhere: `kubectl -n {namespace} delete pod {pod}`",
    ],
  },
];
