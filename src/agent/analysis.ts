// What is thought of a failure: by the classifier, which always has an answer, or by the model. The template writes both.

/** What kind of failure it is. The model chooses from the same words. */
export const CATEGORIES = [
  "image-pull",
  "container-config",
  "container-start",
  "out-of-memory",
  "killed",
  "crash",
  "evicted",
  "timeout",
  "unschedulable",
  "volume-mount",
  "quota",
  "admission",
  "pod-creation",
  "pipeline-config",
  "dependency",
  "compile",
  "test-failure",
  "registry",
  "git",
  "network",
  "tls",
  "disk-full",
  "permission",
  "application-error",
  "cancelled",
  "unknown",
] as const;
export type Category = (typeof CATEGORIES)[number];

export const CONFIDENCES = ["high", "medium", "low"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** Who has to act: the program's people or the platform's. */
export const SIDES = ["app", "infra", "unknown"] as const;
export type Side = (typeof SIDES)[number];

export interface Analysis {
  readonly source: "llm" | "fallback";
  readonly category: Category;
  /** For the title: at most 80 characters, specific, without location: `npm ERESOLVE: react@19 against react-dom@18`. */
  readonly cause: string;
  readonly summary: string;
  readonly failingStep: string | undefined;
  readonly rootCause: string;
  readonly confidence: Confidence;
  readonly side: Side;
  /** Verbatim lines of the evidence. */
  readonly quotes: readonly string[];
  readonly fixes: readonly string[];
  /** What else a reader should know, such as text in a log that tries to give instructions. */
  readonly otherFindings: readonly string[];
  /** The model's own prose, when it gave some beside or instead of the members. */
  readonly freeText: string | undefined;
  /** Limits that were applied, for the footer: "evidence cut to 12,000 tokens". */
  readonly limits: readonly string[];
  readonly model: string | undefined;
  readonly tokens: number;
}

/** What is filed. Persisted before anything is written to the tracker. */
export interface IssueDraft {
  readonly title: string;
  readonly body: string;
  readonly labels: readonly string[];
}
