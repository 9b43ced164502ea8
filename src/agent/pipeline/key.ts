// Names: what makes two requests the same report, and how a report is called.
import { randomInt } from "node:crypto";
import type { ReportRequest } from "../../core/report-desk.ts";
import type { StoredTarget } from "../store/contract.ts";

/** Of the same key within this time there is one report. */
export const WINDOW_MS = 24 * 3_600_000;

const BASE = 36;
const TIME_CHARS = 9;
const RANDOM_CHARS = 11;

/** `rpt_`, nine characters of the time, so that names sort by it, and eleven that nobody guesses (57 bits). */
export function newId(now: number): string {
  const time = Math.max(0, Math.floor(now)).toString(BASE).padStart(TIME_CHARS, "0");
  const rest = Array.from({ length: RANDOM_CHARS }, () => randomInt(BASE).toString(BASE)).join("");
  return `rpt_${time}${rest}`;
}

export interface Key {
  readonly text: string;
  /** Made from what failed; the same names may mean another failure later. */
  readonly isDerived: boolean;
}

/** The caller's own key, which counts within its namespace, or what names the failure without asking anybody. */
export function keyOf(request: ReportRequest): Key {
  const { idempotencyKey, cluster, namespace, podName, container = "*", pipelineRun, taskRun, pipelineTask } = request;
  if (idempotencyKey !== undefined) {
    return { text: `own:${joined([cluster, namespace])}/${idempotencyKey}`, isDerived: false };
  }
  const names = [cluster, namespace, podName, container, pipelineRun, taskRun, pipelineTask];
  return { text: `pod:${joined(names)}`, isDerived: true };
}

const joined = (names: readonly (string | undefined)[]): string =>
  names.map((name = "") => name.replace(/[%/#]/g, encodeURIComponent)).join("/");

/** The key of another failure of the same names. */
export const keyWith = ({ text }: Key, identity: string): string => `${text}#${identity}`;

/** What is stored of a request: empty members are absent ones, and what callers add went through `clean`. */
export function targetOf(request: ReportRequest, clean: (text: string) => string): StoredTarget {
  const { cluster, namespace, podName, container, pipelineRun, taskRun, pipelineTask, links, metadata } = request;
  const optional = { cluster, container, pipelineRun, taskRun, pipelineTask };
  const named = Object.entries(optional).filter(([, value]) => value !== undefined && value !== "");
  const cleaned = (texts: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(texts).map(([name, value]) => [clean(name), clean(value)]));
  return { ...Object.fromEntries(named), namespace, podName, links: cleaned(links), metadata: cleaned(metadata) };
}
