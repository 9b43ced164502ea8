// Container logs as text: what the tools and the failure agent call. Bytes in; cleaned, redacted, bounded lines out.
export { collectLog, type CollectedLog, type CollectOptions } from "./collect.ts";
