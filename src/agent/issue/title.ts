// The title of an issue: where it failed and why, in 120 characters of plain text.
import { plural } from "../../core/words.ts";
import { endingOf, endingText, failedContainer, type IssueInput } from "./input.ts";
import { line } from "./plain.ts";

const MAX_TITLE = 120;
const MAX_NAME = 40;
const MAX_STEP = 30;

/** A cause of nothing but these tells nothing. */
const EMPTY_WORDS = new Set(
  "a an the issue problem error errors failure failures failed failing unknown none na pod pipeline pipelinerun taskrun task container build step run job with agent cause has is occurred crashed".split(
    " ",
  ),
);

export function titleOf(input: IssueInput): string {
  const { evidence, report } = input;
  const known = evidence.pipeline_run?.pipeline ?? evidence.workload.name;
  const name =
    words(known, MAX_NAME) || words(report.target.podName, MAX_NAME) || words(report.target.namespace, MAX_NAME);
  const start = `[${name}] ${stepOf(input)}: `;
  return `${start}${causeOf(input, start.slice(0, -2), MAX_TITLE - start.length)}`;
}

/** `[shop] storm: more than 50 different failures in 5 minutes`. */
export const stormTitle = (namespace: string, threshold: number, minutes: number): string =>
  `[${words(namespace, 63)}] storm: more than ${threshold} different failures in ${plural(minutes, "minute")}`;

/** The step without Tekton's prefix, else the container, else what is known to have failed. */
function stepOf(input: IssueInput): string {
  const { evidence, report } = input;
  const name = failedContainer(input).name?.replace(/^step-(?=.)/, "");
  const step = words(name ?? evidence.workload.task ?? report.target.pipelineTask ?? "", MAX_STEP);
  if (step !== "") return step;
  if (evidence.pod === undefined && report.target.podName === "") {
    return evidence.pipeline_run === undefined && report.target.pipelineRun === undefined ? "pod unknown" : "run";
  }
  return "pod";
}

function causeOf(input: IssueInput, location: string, max: number): string {
  const step = location.slice(location.indexOf("] ") + 2);
  const given = words(input.analysis.cause, 200)
    .replace(/^\[[^\]]{1,80}\]\s*/, "")
    .replace(/^[-*#:\s]+/, "");
  const cause = given.startsWith(`${step}: `) ? given.slice(step.length + 2) : given;
  return words(isEmpty(cause) ? factsOf(input) : cause, max);
}

const isEmpty = (cause: string): boolean =>
  cause.split(/[^\p{L}\p{N}]+/u).every((word) => word === "" || EMPTY_WORDS.has(word.toLowerCase()));

/** What the cluster says, for when nobody says more. */
function factsOf(input: IssueInput): string {
  const { evidence, analysis } = input;
  const { found } = failedContainer(input);
  const facts = [
    found === undefined ? "" : endingText(endingOf(found)),
    evidence.task_run?.reason ?? "",
    evidence.pod?.reason ?? "",
    evidence.pipeline_run?.reason ?? "",
  ];
  const fact = facts.find((text) => text !== "" && !/^(?:Error|Failed)$/.test(text));
  if (fact !== undefined) return analysis.category === "unknown" ? fact : `${analysis.category}: ${fact}`;
  return analysis.category === "unknown" ? "failed, and nothing says why" : `${analysis.category} failure`;
}

/** Trackers look for mentions and references in titles too, and nothing escapes them there: those signs take their wide forms. */
function words(text: string, max: number): string {
  return line(text, max)
    .replaceAll("@", "\uFF20")
    .replace(/#(?=\d)/g, "\uFF03")
    .replace(/!(?=\d)/g, "\uFF01");
}
