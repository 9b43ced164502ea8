// The hub's issue, and the one with the seed's four headings: the same parts in another order.
import type { IssueInput } from "./input.ts";
import { logSections } from "./excerpt.ts";
import { locationTable } from "./location.ts";
import { occurrenceTable } from "./occurrences.ts";
import * as part from "./sections.ts";

/** @param logRoom UTF-16 units for the logs */
export type Template = (input: IssueInput, logRoom: number) => string;

export const hubTemplate: Template = (input, logRoom) =>
  part.paragraphs(
    part.section("Summary", part.summary(input)),
    part.section("Root cause", part.rootCause(input)),
    part.section("Suggested fix", part.fixes(input)),
    part.section("Location", locationTable(input)),
    part.section("Failing step", part.failingStep(input)),
    part.section("Evidence", ...evidenceParts(input, logRoom)),
    part.section("Other findings", part.otherFindings(input)),
    part.section("Links", part.links(input)),
    part.section("Occurrences", firstOccurrence(input)),
    part.footer(input),
  );

/** https://github.com/rhpds/mcp-gitops, agent/main.py: the headings that its prompt asks for. */
export const seedTemplate: Template = (input, logRoom) =>
  part.paragraphs(
    part.section("Cluster/namespace location", locationTable(input), part.links(input)),
    part.section("Summary of the problem", part.summary(input), part.rootCause(input)),
    part.section("Detailed error/code", part.failingStep(input), ...evidenceParts(input, logRoom)),
    part.section("Possible solutions", part.fixes(input), alsoFound(part.otherFindings(input))),
    part.footer(input),
  );

const evidenceParts = (input: IssueInput, logRoom: number): string[] => [
  part.quotes(input),
  part.clusterWords(input),
  part.chosenBecause(input),
  logSections(input, logRoom),
  part.events(input),
  part.problems(input),
];

const alsoFound = (text: string): string => (text === "" ? "" : `Also found:\n\n${text}`);

const firstOccurrence = ({ report, evidence, analysis, publicUrl }: IssueInput): string =>
  occurrenceTable(
    [
      {
        reportId: report.id,
        at: report.createdAt,
        pod: evidence.pod?.name ?? report.target.podName,
        run: evidence.pipeline_run?.name ?? report.target.pipelineRun,
        container: evidence.chosen?.container ?? report.target.container,
        cause: analysis.cause,
      },
    ],
    publicUrl,
  );
