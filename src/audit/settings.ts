// The variable of the audit.
import { z } from "zod";
import { setting, type Section } from "../core/settings.ts";

export const AUDIT_SETTINGS = {
  target: setting(
    "AUDIT_LOG",
    z.string().max(4_096).default("off"),
    "Where each call, report and refusal is written as a line of JSON: a file (64 MiB, then a new one; 10 are kept), `stdout` or `off`.",
  ),
} satisfies Section;
