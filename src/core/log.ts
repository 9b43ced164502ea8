// The log as rooms see it: they write lines, they do not configure it.
import type { Logger } from "pino";

export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;
