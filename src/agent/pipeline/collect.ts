// The first lane: looks at the cluster while there is something to see, and says what failed. It always ends in `collected`.
import type { Evidence, FailureTarget } from "../../core/evidence.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import { messageOf, plural } from "../../core/words.ts";
import { classify } from "../classify/index.ts";
import { fingerprint } from "../fingerprint.ts";
import type { Claim, ReportChange } from "../store/contract.ts";
import { emptyEvidence } from "./empty-evidence.ts";
import { keep, MAX_TRIES, pass, type Parts } from "./parts.ts";
import { Storms } from "./storm.ts";

const NO_SOURCE =
  "Kubernetes is not configured: set KUBECONFIG or MCP_OPENSHIFT_URL, or run the hub inside the cluster";
export const IDENTIFY_MS = 2_000;

export function createCollector(parts: Parts): (claim: Claim, signal: AbortSignal) => Promise<void> {
  const storms = new Storms(parts);
  return async (claim, signal) => {
    const { report } = claim;
    const mine = report.state === "collecting" ? claim : await keep(parts, claim, { state: "collecting" }, "begun");
    const [found, identity] = await Promise.all([
      look(parts, report.target, report.attempts, signal),
      identify(parts, report.target, signal),
    ]);
    const judged = judge(parts, report.target, found, identity);
    const group = await storms.groupOf(report.target.namespace, judged.fingerprint);
    await pass(parts, mine, { ...judged, state: "collected", group, lastError: null }, summary(found));
  };
}

/** Throws only the signal's reason. */
async function look(parts: Parts, target: FailureTarget, attempts: number, signal: AbortSignal): Promise<Evidence> {
  const { source, limits, clock, log } = parts;
  const nothing = (problem: string): Evidence => emptyEvidence(target, problem, clock.now());
  if (source === undefined) return nothing(NO_SOURCE);
  if (attempts > MAX_TRIES) return nothing(`The hub tried ${attempts - 1} times to read the cluster and was stopped`);
  const deadline = AbortSignal.timeout(limits.collectMs);
  const both = AbortSignal.any([signal, deadline]);
  try {
    return await untilAborted(source.collect(target, both), both);
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) return nothing(`The cluster did not answer within ${limits.collectMs / 1_000} s`);
    log.error({ err: error }, "collecting evidence failed unexpectedly");
    return nothing("The hub failed while it read the cluster; its log says why");
  }
}

/** What tells this failure from the next one of its name; undefined when the cluster does not say within two seconds. */
export async function identify(parts: Parts, target: FailureTarget, signal: AbortSignal): Promise<string | undefined> {
  const both = AbortSignal.any([signal, AbortSignal.timeout(IDENTIFY_MS)]);
  try {
    return await untilAborted(parts.source?.identify(target, both) ?? Promise.resolve(undefined), both);
  } catch (error) {
    signal.throwIfAborted();
    parts.log.debug({ reason: messageOf(error) }, "the cluster did not identify a failure");
    return undefined;
  }
}

interface Judged extends ReportChange {
  readonly fingerprint: string;
}

function judge(parts: Parts, target: FailureTarget, found: Evidence, identity: string | undefined): Judged {
  parts.meters.redacted(found.redacted);
  const id = identity === undefined ? {} : { identity };
  try {
    return { evidence: found, ...id, ...words(found) };
  } catch (error) {
    // Odd evidence must not hold the report: an issue that says little is better than none.
    parts.log.error({ err: error }, "evidence could not be classified");
    const problem = "The hub failed while it judged the evidence; its log says why";
    const evidence = emptyEvidence(target, problem, parts.clock.now());
    return { evidence, ...id, ...words(evidence) };
  }
}

function words(evidence: Evidence) {
  const finding = classify(evidence);
  const { category, cause } = finding.analysis;
  return { category, cause, fingerprint: fingerprint(evidence, finding) };
}

function summary({ chosen, logs, events, problems }: Evidence): string {
  const container = chosen === undefined ? "no container" : `container ${chosen.container}`;
  const unread = problems.length === 0 ? "" : `, ${problems.length} problems: ${problems[0]}`;
  return `${container}, ${plural(logs.length, "log")}, ${plural(events.length, "event")}${unread}`;
}
