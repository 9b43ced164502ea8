// Every setting of the hub itself, section by section; those of a module stand in its folder.
import { z } from "zod";
import { AUDIT_SETTINGS } from "../audit/settings.ts";
import { LIMIT_SETTINGS } from "../auth/limit-settings.ts";
import { REPORT_SETTINGS } from "../auth/report-settings.ts";
import { AUTH_SETTINGS } from "../auth/settings.ts";
import {
  bytes,
  choice,
  count,
  flag,
  list,
  port,
  seconds,
  setting,
  type Section,
  type Values,
} from "../core/settings.ts";
import { TRACING_SETTINGS } from "../tracing/settings.ts";

export const HUB_SETTINGS = {
  host: setting(
    "HOST",
    z.string().max(253).default("127.0.0.1"),
    "Address to listen on. Anything but loopback needs `AUTH_MODE` set.",
  ),
  port: setting("PORT", port(8000), "Port of everything but metrics; 0 takes a free one."),
  metricsPort: setting(
    "HEALTH_METRICS_PORT",
    port(8080),
    "Port of /health, /ready and /metrics without authentication; 0 switches it off and serves /metrics on `PORT`.",
  ),
  modules: setting(
    "MODULES",
    list(),
    "Comma list of the modules to start; unset starts every module whose settings are there.",
  ),
  allowWrites: setting("ALLOW_WRITES", list(), "Comma list of the modules whose write tools are offered, or `all`."),
  maxOutputBytes: setting(
    "MAX_OUTPUT_BYTES",
    bytes(2_048, 1_048_576, 24_576),
    "Most bytes of text in one tool's answer.",
  ),
  logLevel: setting(
    "LOG_LEVEL",
    choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"], "info"),
    "Least level that is logged: trace, debug, info, warn, error, fatal or silent, in any case; `WARNING` and `CRITICAL` are understood too.",
  ),
  stateless: setting("STATELESS", flag(false), "True switches sessions of 2025-era clients off, for several replicas."),
  maxSessions: setting("MAX_SESSIONS", count(1, 100_000, 2_000), "Most sessions of 2025-era clients at a time."),
  sessionIdleSeconds: setting(
    "SESSION_IDLE_SECONDS",
    seconds(10, 86_400, 900),
    "A session without a request for this long is closed.",
  ),
  maxSseClients: setting(
    "MAX_SSE_CLIENTS",
    count(1, 100_000, 2_000),
    "Most open event streams (legacy SSE, listening sessions) at a time.",
  ),
  maxRequestBytes: setting("MAX_REQUEST_BYTES", bytes(1_024, 67_108_864, 4_194_304), "Most bytes of one request body."),
  drainSeconds: setting(
    "DRAIN_SECONDS",
    seconds(0, 3_600, 25),
    "How long calls in flight may still run after SIGTERM.",
  ),
  reportWaitSeconds: setting(
    "REPORT_WAIT_SECONDS",
    seconds(0, 3_600, 120),
    "How long `POST /report-failure` waits for the issue before it answers 202.",
  ),
  seedCompat: setting(
    "SEED_COMPAT",
    flag(false),
    "True leaves only `status` and `result` in the answer of `POST /report-failure`, as the seed's agent has it.",
  ),
  publicUrl: setting(
    "PUBLIC_URL",
    z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
    "Address that clients use, when a proxy stands in front: its host and origin pass, its path prefixes the SSE endpoint.",
  ),
  allowedHosts: setting(
    "ALLOWED_HOSTS",
    list(),
    "Comma list of further Host names that pass, such as hub.example.com or *.example.com.",
  ),
  allowedOrigins: setting(
    "ALLOWED_ORIGINS",
    list(),
    "Comma list of further browser origins that pass, such as https://console.example.com.",
  ),
} satisfies Section;

export type HubSettings = Values<typeof HUB_SETTINGS>;

export const SECTIONS = {
  hub: HUB_SETTINGS,
  auth: AUTH_SETTINGS,
  reports: REPORT_SETTINGS,
  limits: LIMIT_SETTINGS,
  audit: AUDIT_SETTINGS,
  tracing: TRACING_SETTINGS,
} satisfies Record<string, Section>;

export type HubSections = { readonly [Name in keyof typeof SECTIONS]: Values<(typeof SECTIONS)[Name]> };
