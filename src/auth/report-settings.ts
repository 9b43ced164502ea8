// The variables of who may report failures.
import { z } from "zod";
import { choice, choices, secretSetting, setting, type Section, type Values } from "../core/settings.ts";

const MODES = ["none", "token", "hmac", "k8s"] as const;
export type ReportMode = (typeof MODES)[number];

export const REPORT_SETTINGS = {
  modes: setting<readonly ReportMode[]>(
    "REPORT_AUTH",
    choices(MODES).default(["none"]),
    "Comma list of who may report failures: none (everyone), token, hmac (signed bodies), k8s (service accounts).",
  ),
  token: secretSetting("REPORT_TOKEN", "The bearer token of `REPORT_AUTH=token`."),
  hmacSecret: secretSetting("REPORT_HMAC_SECRET", "What callers of `REPORT_AUTH=hmac` sign their bodies with."),
  hmacTimestamp: setting(
    "REPORT_HMAC_TIMESTAMP",
    choice(["optional", "required"], "optional"),
    "Whether a signed report needs X-Hub-Timestamp, which keeps it from being sent again later: optional or required.",
  ),
  audience: setting(
    "REPORT_AUDIENCE",
    z.string().max(200).default("ops-hub"),
    "Audience that the service account tokens of `REPORT_AUTH=k8s` must be made for.",
  ),
} satisfies Section;

export type ReportSettings = Values<typeof REPORT_SETTINGS>;
