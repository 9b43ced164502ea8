// From what the model drafted to an analysis: lenient in form, strict in what is passed on. The model's text stays hostile text.
import { clipBytes, oneLine } from "../../core/clip.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Redactor } from "../../core/redact.ts";
import {
  CATEGORIES,
  CONFIDENCES,
  SIDES,
  type Analysis,
  type Category,
  type Confidence,
  type Side,
} from "../analysis.ts";
import type { Finding } from "../finding.ts";
import { checkQuotes, type Quotable } from "./quotes.ts";
import { parseLenient } from "./tool-json.ts";

export interface DraftContext {
  readonly finding: Finding;
  readonly quotable: Quotable;
  readonly redactor: Redactor;
  readonly model: string;
  readonly tokens: number;
  readonly limits: readonly string[];
  readonly otherFindings: readonly string[];
}

const MAX_CAUSE = 80;
const MAX_SUMMARY = 2_000;
const MAX_ROOT_CAUSE = 4_000;
const MAX_STEP = 200;
const MAX_ITEMS = 10;
const MAX_ITEM = 1_000;
const MAX_FREE = 12_000;
/** These have a place of their own, or are the server's to choose. */
const KNOWN = new Set([
  "title",
  "summary",
  "failing_step",
  "root_cause",
  "confidence",
  "category",
  "evidence",
  "suggested_fix",
  "app_or_infra",
  "body",
  "other_findings",
  "owner",
  "repo",
  "labels",
  "assignees",
  "milestone",
  "name",
]);
const ALIASES: Readonly<Record<string, string>> = {
  description: "body",
  cause: "root_cause",
  rootcause: "root_cause",
  failingstep: "failing_step",
  step: "failing_step",
  quotes: "evidence",
  fix: "suggested_fix",
  fixes: "suggested_fix",
  suggestedfix: "suggested_fix",
  suggested_fixes: "suggested_fix",
  solution: "suggested_fix",
  solutions: "suggested_fix",
  possible_solutions: "suggested_fix",
  apporinfra: "app_or_infra",
  side: "app_or_infra",
  otherfindings: "other_findings",
};

/** Members by the names we know: `rootCause`, `Root cause` and `root_cause` are one. */
export function readMembers(raw: JsonObject): JsonObject {
  const named = Object.entries(raw).map(([key, value]): [string, unknown] => {
    const name = key
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, "_");
    return [ALIASES[name] ?? name, value];
  });
  return Object.fromEntries(named.filter(([, value]) => value !== null && value !== undefined));
}

/** Whether there is anything in it that a reader could use. */
export const isUsable = (members: JsonObject): boolean =>
  ["summary", "root_cause", "body", "title"].some((name) => textOf(members[name]).trim().length >= 3);

export function analysisOf(members: JsonObject, context: DraftContext): Analysis {
  const { finding, quotable, redactor, limits } = context;
  const clean = (text: string, max: number): string => clipBytes(redactor.redact(text).text.trim(), max);
  const text = (name: string, max: number): string => clean(textOf(members[name]), max);
  const items = (name: string): string[] =>
    listOf(members[name])
      .map((item) => clean(item, MAX_ITEM))
      .filter((item) => item !== "")
      .slice(0, MAX_ITEMS);
  const rules = finding.analysis;
  const freeText = clean(freeTextOf(members), MAX_FREE);
  const rootCause = text("root_cause", MAX_ROOT_CAUSE);
  const { quotes, dropped } = checkQuotes(items("evidence"), quotable);
  return {
    source: "llm",
    category: categoryOf(members["category"]) ?? rules.category,
    cause: causeOf(text("title", 400), finding),
    summary: text("summary", MAX_SUMMARY) || firstParagraph(freeText) || rules.summary,
    failingStep: oneLine(text("failing_step", MAX_STEP * 2), MAX_STEP) || rules.failingStep,
    rootCause: rootCause || rules.rootCause,
    confidence: rootCause === "" ? rules.confidence : confidenceOf(members["confidence"]),
    side: sideOf(members["app_or_infra"]) ?? rules.side,
    quotes: quotes.length > 0 ? quotes : rules.quotes,
    fixes: items("suggested_fix").length > 0 ? items("suggested_fix") : rules.fixes,
    otherFindings: [...new Set([...context.otherFindings, ...items("other_findings")])],
    freeText: freeText === "" ? undefined : freeText,
    limits: [
      ...limits,
      ...(dropped > 0 ? [`quotes left out because they did not stand in the evidence: ${dropped}`] : []),
      ...(rootCause === "" ? ["the model gave no root cause of its own: it is that of the rules"] : []),
    ],
    model: context.model,
    tokens: context.tokens,
  };
}

/** Body, prose, and every member that we have no place for. */
function freeTextOf(members: JsonObject): string {
  const others = Object.entries(members).filter(([name]) => !KNOWN.has(name));
  const parts = others
    .slice(0, MAX_ITEMS)
    .map(([name, value]) => [oneLine(name, 60).replaceAll("_", " "), textOf(value)]);
  const named = parts.filter(([, value]) => value !== "").map(([name, value]) => `${name}: ${value}`);
  return [textOf(members["body"]), ...named].filter((part) => part.trim() !== "").join("\n\n");
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value))
    return value
      .map(textOf)
      .filter((part) => part !== "")
      .join("\n");
  return isObject(value)
    ? Object.entries(value)
        .map(([name, one]) => `${name}: ${textOf(one)}`)
        .join("\n")
    : "";
}

function listOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(itemOf);
  if (typeof value !== "string") return value === undefined ? [] : [itemOf(value)];
  const parsed = value.trimStart().startsWith("[") ? parseLenient(value) : undefined;
  if (Array.isArray(parsed)) return parsed.map(itemOf);
  return value.split("\n").map((line) => line.replace(/^\s*(?:[-*•]|\d{1,2}[.)])\s+/, ""));
}

/** A quote or a step may come as an object with its text in some member. */
const itemOf = (value: unknown): string => {
  if (!isObject(value)) return textOf(value);
  const main = value["quote"] ?? value["text"] ?? value["line"] ?? value["step"] ?? value["description"];
  return typeof main === "string" ? main : textOf(value);
};

const GENERIC =
  /^(?:an? )?(?:issue with (?:the )?(?:agent )?pipeline|(?:pipeline|build|pod|job|task|container|ci)[ -]?(?:run )?(?:has )?(?:failed|failure|failing|error|issue)|error|failure|issue|bug|unknown(?: error)?)[.!]?$/i;

/** The model's title without our prefix, unless it says nothing; then that of the rules. */
function causeOf(title: string, { analysis, container }: Finding): string {
  const bareTitle = oneLine(title, 400).replace(/^(?:\[[^\]]{0,200}\]\s*)+/, "");
  const step = (container ?? "").replace(/^step-/, "");
  const prefix = /^[\w./ -]{1,80}?:\s+/.exec(bareTitle)?.[0] ?? "";
  const isPlace = step !== "" && prefix.toLowerCase().includes(step.toLowerCase());
  const cause = (isPlace ? bareTitle.slice(prefix.length) : bareTitle).trim();
  return cause.length < 3 || GENERIC.test(cause) ? analysis.cause : oneLine(cause, MAX_CAUSE - 1);
}

const wordOf = (value: unknown): string =>
  textOf(value)
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-");

function categoryOf(value: unknown): Category | undefined {
  const word = wordOf(value);
  return CATEGORIES.find((one) => one === word) ?? CATEGORIES.find((one) => one !== "unknown" && word.includes(one));
}

function confidenceOf(value: unknown): Confidence {
  const share = Number.parseFloat(textOf(value)) / (textOf(value).includes("%") ? 100 : 1);
  if (Number.isFinite(share)) return share >= 0.8 ? "high" : share >= 0.5 ? "medium" : "low";
  const word = wordOf(value);
  return CONFIDENCES.find((one) => word.includes(one)) ?? "medium";
}

function sideOf(value: unknown): Side | undefined {
  const word = wordOf(value);
  if (word === "") return undefined;
  const isApp = word.includes("app");
  const isInfra = word.includes("infra") || word.includes("platform") || word.includes("cluster");
  return isApp === isInfra ? (SIDES.find((one) => one === word) ?? "unknown") : isApp ? "app" : "infra";
}

const firstParagraph = (text: string): string =>
  clipBytes(
    text
      .split(/\n\s*\n/)
      .map((part) => part.replace(/^#+ .*\n?/, "").trim())
      .find((part) => part !== "") ?? "",
    MAX_SUMMARY,
  );
