// The demo's own questions, asked through MCP, with the answers as a person would like to read them.
import { setTimeout } from "node:timers/promises";
import type { Client } from "@modelcontextprotocol/client";
import { z } from "zod";
import { QUESTIONS, type Question } from "./questions.ts";

const Alerts = z.looseObject({
  data: z.array(
    z.looseObject({ labels: z.record(z.string(), z.string()), annotations: z.record(z.string(), z.string()) }),
  ),
});

/** A real Prometheus wants a few scrapes before it fires anything. */
const ALERTS_LIMIT_MS = 40_000;
const ASK_EVERY_MS = 2_000;

export const alertsQuestion = (): string => questionFor("list_alerts").question;

/** What is firing, one line an alert; asks again until something is, for a while. */
export async function askAlerts(client: Client): Promise<string> {
  const { tool, arguments: input } = questionFor("list_alerts");
  let lines: string[] = [];
  for (let waited = 0; lines.length === 0 && waited < ALERTS_LIMIT_MS; waited += ASK_EVERY_MS) {
    if (waited > 0) await setTimeout(ASK_EVERY_MS);
    const { structuredContent } = await client.callTool({ name: tool, arguments: { ...input } });
    lines = Alerts.parse(structuredContent).data.map(alertLine);
  }
  return lines.length === 0 ? "  nothing" : lines.join("\n");
}

const alertLine = ({ labels, annotations }: z.infer<typeof Alerts>["data"][number]): string =>
  `  ${labels["severity"] ?? "?"}: ${labels["alertname"] ?? "?"}: ${annotations["summary"] ?? ""}`;

export async function askChart(client: Client): Promise<{ question: string; png: Uint8Array }> {
  const { question, tool, arguments: input } = questionFor("render_chart");
  const { content } = await client.callTool({ name: tool, arguments: { ...input } });
  const image = content.find((block) => block.type === "image");
  if (image === undefined) throw new Error(`${tool} sent no image: ${JSON.stringify(content).slice(0, 200)}`);
  return { question, png: Buffer.from(image.data, "base64") };
}

function questionFor(tool: string): Question {
  const found = QUESTIONS.find((question) => question.tool === tool);
  if (found === undefined) throw new Error(`no question for ${tool}`);
  return found;
}
