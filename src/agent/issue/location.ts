// Where it failed, as a table; and the containers beside the one that failed.
import { endingOf, endingText, failedContainer, type IssueInput } from "./input.ts";
import { cell, codeCell, table } from "./markdown.ts";

const MAX_LOCATION = 7_000;
const MAX_CONTAINERS = 3_000;
const NAME = 150;
const MAX_METADATA = 20;

type Row = readonly [what: string, value: string | undefined];

/** Rows without a value are left out. What the caller told of the run comes last. */
export function locationTable(input: IssueInput): string {
  const metadata = Object.entries(input.report.target.metadata).slice(0, MAX_METADATA);
  const rows: Row[] = [
    ...placeRows(input),
    ...runRows(input),
    ...endRows(input),
    ...metadata.map(([name, value]): Row => [cell(name, 60), cell(value, NAME)]),
  ];
  const filled = rows.flatMap(([what, value]) => (value === undefined || value === "" ? [] : [[what, value]]));
  return table(["What", "Which"], filled, MAX_LOCATION);
}

function placeRows(input: IssueInput): Row[] {
  const { evidence, report } = input;
  const { pod, workload, pipeline_run: run } = evidence;
  const { name, found } = failedContainer(input);
  const podName = pod?.name ?? report.target.podName;
  const phase = pod === undefined ? "not there any more, or not readable" : saidOnce(pod.phase, pod.reason);
  return [
    ["Cluster", codeCell(evidence.cluster, NAME)],
    ["Namespace", codeCell(evidence.namespace, NAME)],
    ["Pod", podName === "" ? "unknown" : noted(podName, phase)],
    ["Node", codeCell(pod?.node ?? "", NAME)],
    [
      "Workload",
      workload.name === podName || workload.name === run?.pipeline ? "" : noted(workload.name, workload.kind),
    ],
    ["Container", noted(name ?? "", found?.role ?? "")],
    ["Image", codeCell(found?.image ?? "", NAME)],
  ];
}

function runRows({ evidence, report }: IssueInput): Row[] {
  const { pipeline_run: run, task_run: task, workload } = evidence;
  const { target } = report;
  return [
    ["Pipeline", codeCell(run?.pipeline ?? "", NAME)],
    ["PipelineRun", noted(run?.name ?? target.pipelineRun ?? "", stateOf(run))],
    ["Task", codeCell(workload.task ?? target.pipelineTask ?? task?.task ?? "", NAME)],
    ["TaskRun", noted(task?.name ?? target.taskRun ?? "", stateOf(task))],
    ["Attempt", task === undefined || task.attempt < 2 ? "" : String(task.attempt)],
  ];
}

function endRows(input: IssueInput): Row[] {
  const { task_run: task } = input.evidence;
  const { found } = failedContainer(input);
  if (found === undefined) {
    return [
      ["Limits", cell(amountsOfAll(input, "limits"), NAME)],
      ["Requests", cell(amountsOfAll(input, "requests"), NAME)],
      ["Started", cell(task?.started_at ?? "", 40)],
      ["Finished", cell(task?.finished_at ?? "", 40)],
    ];
  }
  const end = endingOf(found);
  const before = end === found.previous ? " before the last restart" : "";
  const text = endingText(end);
  return [
    ["State", found.state === "terminated" ? "" : cell(saidOnce(found.state, found.reason), NAME)],
    ["Ended", text === "" ? "" : `${cell(text, NAME)}${before}`],
    ["Restarts", found.restarts === 0 ? "" : String(found.restarts)],
    ["Limits", cell(amountsOf(found.limits), NAME)],
    ["Requests", cell(amountsOf(found.requests), NAME)],
    ["Started", cell(end.started_at ?? "", 40)],
    ["Finished", cell(end.finished_at ?? "", 40)],
  ];
}

/** All containers, when there is more than one. */
export function containerTable({ evidence }: IssueInput): string {
  if (evidence.containers.length < 2) return "";
  const rows = evidence.containers.map((one) => {
    const state = one.skipped === true ? "skipped" : one.state;
    const end = one.skipped === true ? "" : endingText(endingOf(one));
    const allowed = one.continued === true ? ", which is allowed" : "";
    return [codeCell(one.name, 80), one.role, state, `${cell(end, NAME)}${allowed}`];
  });
  return table(["Container", "Role", "State", "Ended"], rows, MAX_CONTAINERS);
}

/** Of a pod that never started no container is the failed one: what all ask for together may be what does not fit. */
function amountsOfAll({ evidence }: IssueInput, what: "limits" | "requests"): string {
  const asked = evidence.containers.flatMap((one) => {
    const amounts = amountsOf(one[what]);
    return amounts === "" ? [] : [{ name: one.name, amounts }];
  });
  const [only] = asked;
  if (only === undefined) return "";
  return asked.length === 1 ? only.amounts : asked.map(({ name, amounts }) => `${name}: ${amounts}`).join("; ");
}

const isText = (text: string | undefined): text is string => text !== undefined && text !== "";

const stateOf = (run: { state: string; reason?: string | undefined } | undefined): string =>
  run === undefined ? "" : saidOnce(run.state, run.reason);

const saidOnce = (state: string, reason = ""): string =>
  reason === "" || reason.toLowerCase() === state.toLowerCase() ? state : `${state}, ${reason}`;

function noted(name: string, note: string): string {
  const text = cell(note, NAME);
  return name === "" ? "" : `${codeCell(name, NAME)}${text === "" ? "" : ` (${text})`}`;
}

const amountsOf = (amounts: Readonly<Record<string, string | undefined>> | undefined): string =>
  Object.entries(amounts ?? {})
    .filter(([, amount]) => isText(amount))
    .map(([what, amount]) => `${what.replaceAll("_", " ")} ${amount}`)
    .join(", ");
