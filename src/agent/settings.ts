// The agent's variables. The model's are the seed's: LITELLM_URL, LITELLM_API_KEY, LITELLM_MODEL.
import { z } from "zod";
import { choice, count, list, seconds, secretSetting, setting, type Section } from "../core/settings.ts";

export const SETTINGS = {
  modelUrl: setting(
    "LITELLM_URL",
    z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .max(2_048)
      .refine((text) => !/^[^/]*\/\/[^/]*@/.test(text), "must not contain a user or password; use LITELLM_API_KEY")
      .optional(),
    "LiteLLM or any other OpenAI-compatible server; the hub posts to `<url>/chat/completions`. Unset: issues are written by rules alone.",
  ),
  modelKey: secretSetting("LITELLM_API_KEY", "Key of the model's server; a dummy is sent without it."),
  model: setting(
    "LITELLM_MODEL",
    z.string().max(200).default("openai/Llama-4-Scout-17B-16E-W4A16"),
    "Name of the model; one leading `openai/` is dropped, as litellm does.",
  ),
  contextTokens: setting(
    "LITELLM_CONTEXT_WINDOW",
    count(4_096, 10_000_000, 32_768),
    "Tokens that the model takes, question and answer together.",
  ),
  mode: setting(
    "AGENT_MODE",
    choice(["tools", "text", "off"], "tools"),
    "How the model answers: tools, text (for models that call tools badly) or off (rules alone).",
  ),
  extraTools: setting(
    "AGENT_EXTRA_TOOLS",
    list(),
    "Comma list of further read-only tools of this hub that the model may call while it analyses.",
  ),
  modelTimeoutSeconds: setting("LLM_TIMEOUT_SECONDS", seconds(1, 600, 90), "How long one call of the model may take."),
  modelConcurrency: setting("LLM_CONCURRENCY", count(1, 64, 2), "Most reports that the model analyses at a time."),
  modelSteps: setting("LLM_MAX_STEPS", count(1, 50, 8), "Most calls of the model for one report."),
  dailyTokens: setting(
    "LLM_DAILY_TOKENS",
    count(0, 1_000_000_000, 0),
    "Tokens a day (UTC) after which issues are written by rules; 0 means no limit.",
  ),
  budgetSeconds: setting(
    "REPORT_BUDGET_SECONDS",
    seconds(1, 3_600, 300),
    "How long a report may wait for its analysis before the issue is written by rules.",
  ),
  retentionDays: setting("REPORT_RETENTION_DAYS", count(1, 3_650, 30), "Days that ended reports are kept."),
  stormThreshold: setting(
    "STORM_THRESHOLD",
    count(1, 10_000, 50),
    "So many different failures of one namespace within 5 minutes get issues of their own; further ones share one.",
  ),
  template: setting(
    "ISSUE_TEMPLATE",
    choice(["hub", "seed"], "hub"),
    "Form of the issues: hub, or seed for the four headings of the seed's agent.",
  ),
  dataDir: setting(
    "DATA_DIR",
    z.string().max(4_096).optional(),
    "Folder for the reports' database; unset: `ops-hub` below `STATE_DIRECTORY`, `XDG_STATE_HOME` or `~/.local/state`.",
  ),
  databaseUrl: secretSetting(
    "DATABASE_URL",
    "PostgreSQL for the reports instead of a file, such as `postgres://user:password@host/db`; several hubs may share it.",
  ),
} satisfies Section;
