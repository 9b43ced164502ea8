// The address of what a datasource offers to read. The name is data: it may hold slashes, blanks and any script.

export type ResourceKind = "metrics" | "alerts";

export const resourceUri = (datasource: string, kind: ResourceKind): string =>
  `prometheus://${encodeURIComponent(datasource)}/${kind}`;
