// Containers that wait with a reason: no image, no configuration, no start.
import type { Evidence } from "../../core/evidence.ts";
import { IMAGE_RULES } from "./image-rules.ts";
import { spot, type Facts, type Judgement, type Spotted } from "./rule.ts";
import { CONFIG_RULES, START_RULES } from "./start-rules.ts";
import type { Subject } from "./subject.ts";

const IMAGE =
  /^(?:ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable|SignatureValidationFailed|ErrImagePullBackOff)$/;
const RUN_IMAGE = /ImagePull|InvalidImageName|ErrImageNeverPull/;
const CONFIG = /^CreateContainerConfigError$/;
const START =
  /^(?:CreateContainerError|RunContainerError|PostStartHookError|PreCreateHookError|PreStartHookError|StartError|ContainerCannotRun)$/;
/** How kubelets name the image in their messages. */
const NAMED_IMAGE = /image:? "(?<image>[^"\s]{1,300})"/;

export function ofWaiting(subject: Subject): Spotted | undefined {
  const { container, evidence } = subject;
  const reason = container?.state === "waiting" ? (container.reason ?? "") : "";
  if (IMAGE.test(reason)) return imagePull(subject, reason);
  const run = evidence.task_run;
  if (RUN_IMAGE.test(run?.reason ?? "")) return imagePull(subject, "ImagePullBackOff");
  if (CONFIG.test(reason)) {
    const told = [container?.message ?? "", ...messages(evidence, /^Failed$|CreateContainerConfigError/)];
    return { ...(spot(CONFIG_RULES, told, subject.facts) ?? unknown(CONFIG_UNKNOWN, told, subject.facts)), reason };
  }
  if (START.test(reason)) return cannotStart(subject, reason, container?.message);
  return undefined;
}

/** Also for containers that ended with such a reason. */
export function cannotStart(subject: Subject, reason: string, message = ""): Spotted {
  const told = [message, ...messages(subject.evidence, /^(?:Failed|BackOff|FailedPostStartHook)$/)];
  const found =
    spot([...START_RULES, ...CONFIG_RULES], told.slice(0, 1), subject.facts) ?? spot(START_RULES, told, subject.facts);
  return { ...(found ?? unknown(START_UNKNOWN, told, subject.facts)), reason };
}

export const isStartReason = (reason: string): boolean => START.test(reason);

function imagePull(subject: Subject, reason: string): Spotted {
  const { container, evidence } = subject;
  const run = evidence.task_run?.message ?? "";
  const named = [container?.message ?? "", run, ...evidence.events.map(({ message }) => message)];
  const image =
    container?.image ??
    named.map((text) => NAMED_IMAGE.exec(text)?.groups?.["image"]).find((found) => found !== undefined);
  const pulls = evidence.events
    .filter(
      ({ reason, message }) =>
        /^(?:Failed|BackOff|InspectFailed|ErrImageNeverPull)$/.test(reason) && /image|pull/i.test(message),
    )
    .map(({ message }) => message)
    .filter((message) => image === undefined || message.includes(image));
  const facts: Facts = { ...subject.facts, image, short_image: short(image), pull_secret: pullSecret(evidence) };
  const told = [...pulls, container?.message ?? "", RUN_IMAGE.test(evidence.task_run?.reason ?? "") ? run : ""];
  // the newest event may only say that it waits; the answer stands in another
  const answers = told.filter((text) => !/^(?:Error: \w+|Back-off pulling image "[^"]{1,300}")$/.test(text));
  const found = spot(IMAGE_RULES, [...answers, ...told, reason], facts);
  return { ...(found ?? unknown(START_UNKNOWN, told, facts)), reason: stable(reason) };
}

/** A pull alternates between two reasons: one word, so that two looks at one failure agree. */
const stable = (reason: string): string => (reason === "ErrImagePull" ? "ImagePullBackOff" : reason);

const short = (image: string | undefined): string | undefined =>
  image !== undefined && image.length > 52 ? `…${image.slice(-51)}` : image;

function pullSecret({ events }: Evidence): string | undefined {
  const event = events.find(({ reason }) => reason === "FailedToRetrieveImagePullSecret");
  return /image pull secrets \((?<names>[\w.-]{1,253})/.exec(event?.message ?? "")?.groups?.["names"];
}

function messages({ events }: Evidence, reason: RegExp): string[] {
  return events
    .filter((event) => event.type !== "Normal" && reason.test(event.reason))
    .map(({ message }) => message)
    .filter((message) => !message.startsWith("Back-off restarting"));
}

function unknown(judgement: Judgement, told: readonly string[], facts: Facts): Spotted {
  const said = told.find((text) => text !== "");
  return { judgement, facts: { ...facts, said }, quotes: said === undefined ? [] : [said] };
}

const CONFIG_UNKNOWN: Judgement = {
  category: "container-config",
  side: "app",
  confidence: "medium",
  cause: ["container configuration refused: {said}", "container configuration refused (CreateContainerConfigError)"],
  root: [
    "The kubelet could not put together the configuration of {who}: {said}.",
    "Usually a Secret, a ConfigMap or a key of one is missing.",
  ],
  fixes: [
    "Read the whole message: `kubectl -n {namespace} describe pod {pod}`",
    "Check that every Secret and ConfigMap that {container} names is in {namespace}",
  ],
};

const START_UNKNOWN: Judgement = {
  category: "container-start",
  side: "unknown",
  confidence: "medium",
  cause: ["container cannot start: {said}", "the container cannot start"],
  root: ["The container runtime could not start {who}: {said}."],
  fixes: [
    "Read the whole message: `kubectl -n {namespace} describe pod {pod}`",
    "Check `command`, `args` and volumeMounts of {container} against image {image}",
  ],
};
