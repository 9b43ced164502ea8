// What an issue is written from.
import type { Evidence } from "../../core/evidence.ts";
import type { Analysis } from "../analysis.ts";
import type { Report } from "../store/contract.ts";

export interface IssueInput {
  readonly report: Report;
  readonly evidence: Evidence;
  readonly analysis: Analysis;
  readonly fingerprint: string;
  /** `seed` has the four headings of the seed's issues. */
  readonly template: "hub" | "seed";
  /** Where people reach the hub, for links to the report. */
  readonly publicUrl: string | undefined;
  /** In milliseconds: when the issue is written. */
  readonly now: number;
}

type Container = Evidence["containers"][number];

/** The container that explains the failure, as far as it is known. */
export function failedContainer({ report, evidence }: Pick<IssueInput, "report" | "evidence">): {
  readonly name: string | undefined;
  readonly found: Container | undefined;
} {
  const name = evidence.chosen?.container ?? report.target.container;
  return { name, found: evidence.containers.find((one) => one.name === name) };
}

/** How it ended: now, or before its last restart when it waits or runs again. */
export const endingOf = (container: Container): NonNullable<Container["previous"]> =>
  container.exit_code === undefined ? (container.previous ?? container) : container;

/** `OOMKilled, exit code 137`; empty when nothing is known. */
export function endingText({ reason, exit_code: exitCode, signal }: NonNullable<Container["previous"]>): string {
  const parts = [reason, exitCode === undefined ? undefined : `exit code ${exitCode}`];
  if (signal !== undefined && signal !== 0) parts.push(`signal ${signal}`);
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}

/** A report's page on the hub. */
export function reportUrl(publicUrl: string | undefined, reportId: string): string | undefined {
  return publicUrl === undefined
    ? undefined
    : `${publicUrl.replace(/\/+$/, "")}/reports/${encodeURIComponent(reportId)}`;
}
