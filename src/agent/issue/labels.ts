// The labels of the hub's issues, and those by which people tell it to leave one alone.

export const LABELS = {
  failure: "pipeline-failure",
  analysed: "ai-analyzed",
  unanalysed: "needs-analysis",
  /** A closed issue with one of these is not opened again, an open one gets no comments. */
  ignore: ["hub:ignore", "wontfix"],
} as const;
