// What Tekton says of a run that no container explains: timeouts, cancels, wrong references, pods that could not be made.
// Reasons: https://tekton.dev/docs/pipelines/taskruns/#monitoring-execution-status
import { ADMISSION_RULES } from "./admission-rules.ts";
import { spot, type Rule, type Spotted } from "./rule.ts";
import type { Subject } from "./subject.ts";

const LOGS_GONE = "Tekton deletes the pod of a run that times out or is cancelled, so its log may be lost with it.";

const STOPPED: readonly Rule[] = [
  {
    pattern: /^TaskRun\w*Timeout.*?(?:within "(?<time>[\w.]{1,20})")?$/,
    category: "timeout",
    side: "unknown",
    confidence: "high",
    cause: ["task {task} timed out after {time}", "task {task} timed out"],
    root: [
      "TaskRun {task_run} did not end within its timeout of {time}, so Tekton stopped it. || TaskRun {task_run} did not end within its timeout, so Tekton stopped it.",
      LOGS_GONE,
      "Whether it hung or was only slow cannot be told from this alone.",
    ],
    fixes: [
      "Find where it waits: run it again and follow `tkn -n {namespace} taskrun logs {task_run} -f`",
      "Raise `timeout` of task {task} in the Pipeline (or `timeouts.tasks` of the run) if it really needs more than {time} || Raise `timeout` of task {task} in the Pipeline (or `timeouts.tasks` of the run) if it really needs longer",
      'Keep the pod for a look next time: set `keep-pod-on-cancel: "true"` in Tekton\'s feature-flags',
    ],
  },
  {
    pattern: /^PipelineRunTimeout.*?(?:within "(?<time>[\w.]{1,20})")?$/,
    category: "timeout",
    side: "unknown",
    confidence: "high",
    cause: ["pipeline timed out after {time}", "pipeline timed out"],
    root: [
      "PipelineRun {run} did not end within its timeout of {time}, so Tekton stopped what was running. || PipelineRun {run} did not end within its timeout, so Tekton stopped what was running.",
      LOGS_GONE,
    ],
    fixes: [
      "See which task took the time: `tkn -n {namespace} pipelinerun describe {run}`",
      "Raise `timeouts.pipeline` of the run if it really needs longer than {time} || Raise `timeouts.pipeline` of the run if it really needs longer",
    ],
  },
  {
    pattern:
      /^(?:TaskRunCancelled|PipelineRunCancelled|Cancelled|CancelledRunningFinally|StoppedRunningFinally|PipelineRunStopped)\b:? ?(?<why>.{0,300})/,
    category: "cancelled",
    side: "unknown",
    confidence: "high",
    cause: ["run was cancelled: {why}", "run was cancelled"],
    root: [
      "Somebody or something cancelled the run: {why}.",
      LOGS_GONE,
      "This is not a failure of the program by itself.",
    ],
    fixes: [
      "If nobody meant to cancel it, look who did: `kubectl -n {namespace} get pipelinerun {run} -o yaml` (managedFields) or the audit log",
      "Start it again: `tkn -n {namespace} pipeline start {pipeline} --use-pipelinerun {run}`",
    ],
    sign: ["cancelled"],
  },
];

const CONFIGURED: readonly Rule[] = [
  {
    pattern:
      /(?:[Cc]ouldn't retrieve (?:Cluster)?Task|Couldn't retrieve referenced (?:resource )?"?Task"?) "(?<ref>[\w./-]{1,253})"|(?:tasks|clustertasks)\.tekton\.dev "(?<ref2>[\w.-]{1,253})" not found/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["Task {ref} does not exist", "Task {ref2} does not exist"],
    root: ["The pipeline refers to a Task that Tekton cannot find: {said}."],
    fixes: [
      "Install the Task {ref} in {namespace}, or correct `taskRef.name`",
      "Install the Task {ref2} in {namespace}, or correct `taskRef.name`",
      "See which there are: `kubectl -n {namespace} get tasks`",
    ],
  },
  {
    pattern: /pipelines\.tekton\.dev "(?<ref>[\w.-]{1,253})" not found/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["Pipeline {ref} does not exist"],
    root: ["The PipelineRun refers to the Pipeline {ref}, which namespace {namespace} does not have."],
    fixes: ["Install the Pipeline {ref} in {namespace}, or correct `pipelineRef.name`"],
  },
  {
    pattern:
      /missing values for these params which have no default values: \[(?<params>[^\]]{1,200})\]|(?:missing parameters?|[Mm]issing required parameters?).{0,40}?\[(?<params2>[^\]]{1,200})\]/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["missing parameters: {params}", "missing parameters: {params2}"],
    root: ["The run does not give values for parameters that have no default: {said}."],
    fixes: [
      "Pass {params} in `params` of the run, or give them defaults",
      "Pass {params2} in `params` of the run, or give them defaults",
    ],
  },
  {
    pattern:
      /[Ii]nvalid (?:task )?result reference.{0,80}?(?:result with name |result )"?(?<result>[\w.-]{1,100})"? (?:for|from) (?:task|taskrun)s? "?(?<from>[\w.-]{1,100})/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["task {from} gave no result {result}"],
    root: ["A later task needs the result {result} of task {from}, and that task ended without writing it."],
    fixes: [
      "Let {from} write it in every case: `echo -n VALUE > $(results.{result}.path)`",
      "Or correct the reference `$(tasks.{from}.results.{result})`",
    ],
  },
  {
    pattern:
      /workspaces?.{0,60}? "?(?<workspace>[\w.-]{1,60})"? (?:.{0,80})?(?:not (?:bound|present|found|provided)|missing|declared)|(?:did not|didn't|does not) (?:match|provide|specify).{0,60}workspaces?.{0,40}?"?(?<workspace2>[\w.-]{1,60})"?$/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["workspace {workspace} is not bound", "a workspace is not bound as the pipeline declares it"],
    root: ["The run's workspaces do not fit what the pipeline declares: {said}."],
    fixes: [
      "Bind the workspace {workspace} in `workspaces` of the run",
      "Compare `workspaces` of the run with those that Pipeline and Task declare",
    ],
  },
  {
    pattern:
      /ResultLargerThanAllowedLimit|[Tt]ermination message is above max allowed size (?<max>\d{1,8})|result.{0,60}(?:larger|exceeds).{0,60}/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["task result larger than {max} bytes", "task results are too large"],
    root: ["Tekton keeps results in the pod's termination message, and those of task {task} do not fit: {said}."],
    fixes: ["Write large output of task {task} to a workspace, and only its name to the result"],
  },
  {
    pattern:
      /^(?:\w*(?:Validation|Resolution|Reference|Invalid|Couldnt|Parameter|CreateRunFailed)\w*)(?:: (?<why>.{1,400}))?/,
    category: "pipeline-config",
    side: "app",
    confidence: "high",
    cause: ["run refused: {why}", "run refused as not valid"],
    root: ["Tekton refused the run before anything ran: {why}."],
    fixes: [
      "Correct what it names, and check with `kubectl apply --dry-run=server -f` before the next run",
      "Read the whole condition: `tkn -n {namespace} pipelinerun describe {run}` || Read the whole condition: `tkn -n {namespace} taskrun describe {task_run}`",
    ],
  },
  {
    pattern:
      /^(?:PodCreationFailed|ExceededNodeResources|TaskRunStopSidecarFailed|PodAdmissionFailed|CouldntGetPod)\b:? ?(?<why>.{0,400})/,
    category: "pod-creation",
    side: "infra",
    confidence: "high",
    cause: ["pod could not be made: {why}", "pod could not be made"],
    root: ["Tekton could not make the pod of task {task}: {why}."],
    fixes: [
      "Correct what the message names",
      "Read the whole condition: `kubectl -n {namespace} get taskrun {task_run} -o yaml`",
    ],
  },
];

/** "Reason: message" of the TaskRun first: it is nearer to what happened. */
const told = ({ evidence: { task_run: task, pipeline_run: run } }: Subject): { reason: string; text: string }[] =>
  [task, run]
    .filter((found) => found !== undefined && found.state !== "succeeded")
    .map((found) => ({
      reason: found?.reason ?? "",
      text: `${found?.reason ?? ""}: ${found?.message ?? ""}`.replace(/\s+$/, ""),
    }));

/** A run that Tekton ended: then what its containers ended with is only a consequence. */
export function ofStop(subject: Subject): Spotted | undefined {
  const step = subject.evidence.task_run?.steps.find(({ termination_reason: why }) => why === "TimeoutExceeded");
  if (step !== undefined) return stepTimeout(subject, step.name);
  const [task, run] = told(subject);
  for (const one of [task, run]) {
    const found = one && spot(STOPPED, [one.text], subject.facts);
    // a run that timed out as a whole after a task had failed by itself: that task is the cause
    if (found === undefined || (one === run && task?.reason === "Failed")) continue;
    const last = subject.lines.at(-1);
    return { ...found, quotes: [...found.quotes, ...(last === undefined ? [] : [last])], reason: one?.reason };
  }
  return undefined;
}

function stepTimeout(subject: Subject, name: string): Spotted {
  const judgement = {
    category: "timeout",
    side: "unknown",
    confidence: "high",
    cause: ["step {step} ran into its timeout"],
    root: ["The step {step} did not end within the timeout that task {task} gives it, so Tekton stopped it."],
    fixes: [
      "Look at the last lines of its log for where it waited",
      "Raise `timeout` of step {step} in task {task} if it really takes longer",
    ],
  } as const;
  return {
    judgement,
    facts: { ...subject.facts, step: name },
    quotes: subject.lines.slice(-1),
    reason: "TimeoutExceeded",
  };
}

export function ofRun(subject: Subject): Spotted | undefined {
  for (const { reason, text } of told(subject)) {
    if (reason === "Failed" && !/forbidden|denied|quota/.test(text)) continue;
    const message = text.slice(reason.length + 2);
    const found = spot(ADMISSION_RULES, [message], subject.facts) ?? spot(CONFIGURED, [text], subject.facts);
    if (found !== undefined) return { ...found, reason };
  }
  return undefined;
}
