// What README shows that code knows better: each part is written between two markers by `UPDATE=1 npm test`.
import type { Config } from "../../src/config.ts";
import type { Setting, Section } from "../../src/core/settings.ts";
import type { Entry } from "../../src/core/entry.ts";
import { SECTIONS } from "../../src/config/sections.ts";
import { UPSTREAM_SETTINGS } from "../../src/modules/upstream/settings.ts";
import { isOurs, type Metric } from "./metric.ts";
import { firstSentence } from "./words.ts";

export interface Part {
  readonly name: string;
  /** Markdown, not yet formatted. */
  readonly text: string;
}

/** A path of the hub and what is there; the laws ask each of them. */
export interface Door {
  readonly path: string;
  readonly what: string;
}

export const doorsOf = (modules: readonly string[]): readonly Door[] => [
  { path: "/mcp", what: "MCP over streamable HTTP: the tools of every module" },
  ...modules.map((name) => ({ path: `/mcp/${name}`, what: `the same with the tools of \`${name}\` alone` })),
  { path: "/sse", what: "MCP over HTTP+SSE of 2024, for older clients: every module" },
  { path: "/mcp/sse", what: "the same; HolmesGPT appends `/sse` to the address it is given" },
  ...modules.map((name) => ({ path: `/mcp/${name}/sse`, what: `the same with the tools of \`${name}\` alone` })),
  { path: "/report-failure", what: "POST: report a failed pod or pipeline run; answers with its issue" },
  { path: "/reports", what: "the reports as JSON, newest first; `/reports/<id>` one of them, with its timeline" },
  { path: "/health", what: "liveness: 200 while the process serves, on both ports" },
  { path: "/ready", what: "readiness: 503 while starting or stopping, on both ports" },
  { path: "/metrics", what: "Prometheus metrics, on `HEALTH_METRICS_PORT`" },
];

export function parts(entries: readonly Entry[], { modules }: Config, metrics: readonly Metric[]): readonly Part[] {
  const names = modules.map(({ module }) => module.name);
  const doors = doorsOf(names).map(({ path, what }) => [`\`${path}\``, what]);
  const tools = names.map((name) => {
    const rows = entries.filter((entry) => entry.module === name).map(({ tool }) => tool);
    return [
      `### \`${name}\``,
      table(
        ["tool", "what", "access"],
        rows.map(({ name: tool, description, access }) => [`\`${tool}\``, firstSentence(description), access]),
      ),
    ];
  });
  const sections: [string, Section][] = [
    ["### Hub", SECTIONS.hub],
    ["### Who may call", SECTIONS.auth],
    ["### Who may report failures", SECTIONS.reports],
    ["### Limits", SECTIONS.limits],
    ["### Audit", SECTIONS.audit],
    ["### Traces", SECTIONS.tracing],
    ["### Other MCP servers", UPSTREAM_SETTINGS],
    ...modules.map(({ module }): [string, Section] => [`### Module \`${module.name}\``, module.settings]),
  ];
  return [
    { name: "doors", text: table(["path", "what is there"], doors) },
    { name: "tools", text: tools.flat().join("\n\n") },
    { name: "metrics", text: metricsTable(metrics) },
    { name: "settings", text: sections.flatMap(([title, section]) => [title, settingsTable(section)]).join("\n\n") },
  ];
}

const metricsTable = (metrics: readonly Metric[]): string =>
  table(
    ["metric", "type", "labels", "what it tells"],
    metrics
      .filter(isOurs)
      .toSorted((a, b) => a.name.localeCompare(b.name))
      .map(({ name, type, labels, help }) => [`\`${name}\``, type, labels.join(", "), help.replaceAll("<", "\\<")]),
  );

const settingsTable = (section: Section): string =>
  table(
    ["variable", "default", "what for"],
    Object.values(section).map((field) => [variable(field), defaultOf(field), field.doc]),
  );

const variable = ({ env, secret }: Setting<unknown>): string => (secret ? `\`${env}\`, \`${env}_FILE\`` : `\`${env}\``);

function defaultOf({ schema }: Setting<unknown>): string {
  const { data } = schema.safeParse(undefined);
  const isNothing = data === undefined || (Array.isArray(data) && data.length === 0);
  if (isNothing) return "unset";
  if (Array.isArray(data)) return `\`${data.join(",")}\``;
  return `\`${typeof data === "string" ? data : JSON.stringify(data)}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The text between the markers of a part, markers included. @throws when README lacks them */
export function replacePart(readme: string, { name, text }: Part): string {
  const marked = new RegExp(`(<!-- generated: ${name} -->\\n)[\\s\\S]*?(\\n<!-- /generated -->)`);
  if (!marked.test(readme)) throw new Error(`README has no place for the generated part "${name}"`);
  return readme.replace(marked, (_, opening: string, closing: string) => `${opening}\n${text}\n${closing}`);
}
