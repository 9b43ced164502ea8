// One issue for many different failures at once: most likely they share a cause that none of them names.
import { plural } from "../../core/words.ts";
import type { IssueDraft } from "../analysis.ts";
import type { Report } from "../store/contract.ts";
import { reportUrl } from "./input.ts";
import { LABELS } from "./labels.ts";
import { code, link } from "./markdown.ts";
import { marker } from "./marker.ts";
import { time } from "./plain.ts";
import { stormTitle } from "./title.ts";

export interface StormInput {
  /** The one that was one too many. */
  readonly report: Report;
  readonly namespace: string;
  readonly threshold: number;
  readonly windowMinutes: number;
  readonly fingerprint: string;
  readonly publicUrl: string | undefined;
  /** In milliseconds. */
  readonly now: number;
}

const LOOK_FIRST = [
  "**Nodes**: are any not ready, or short of memory, disk or process ids (`kubectl get nodes`, `kubectl describe node`)?",
  "**Registry**: can images be pulled; is it down, refusing the credentials, or limiting the rate?",
  "**DNS and network**: do names resolve inside the cluster; is a proxy or a network policy new?",
  "**Quota and limits**: is the namespace at its quota (`kubectl describe resourcequota`)?",
  "**What changed**: a shared image, base pipeline, secret, certificate or admission rule shortly before.",
];

export function writeStorm(input: StormInput): IssueDraft {
  const { report, namespace, threshold, windowMinutes, fingerprint, publicUrl, now } = input;
  const url = reportUrl(publicUrl, report.id);
  const body = [
    "## Summary",
    `More than ${threshold} different failures were reported from the namespace ${code(namespace, 80)} within ${plural(windowMinutes, "minute")}.` +
      " So many different ones at a time mostly have one cause outside of the programs." +
      " While this lasts, new failures of this namespace get no issues of their own: comments below list them.",
    "## Look at first",
    LOOK_FIRST.map((entry) => `- ${entry}`).join("\n"),
    "## First of them",
    `Report ${code(report.id, 80)}: pod ${code(report.target.podName, 200) || "unknown"}, ${time(report.createdAt)}.` +
      (url === undefined ? "" : ` ${link(url)}`),
    `---\n\nWritten without a model, ${time(now)}. Each failure has its own report and evidence at the hub.`,
    marker(report.id, fingerprint),
  ].join("\n\n");
  return { title: stormTitle(namespace, threshold, windowMinutes), body, labels: [LABELS.failure] };
}
