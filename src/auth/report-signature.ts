// Signed reports, as Git forges sign their webhooks: HMAC-SHA256 of the raw body, or of `<timestamp>.<body>`.
// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
import { createHmac, timingSafeEqual } from "node:crypto";
import type { SentReport } from "../core/report-gate.ts";

export interface SignatureRules {
  readonly secret: string;
  readonly isTimestampRequired: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MAX_AGE_MS = 5 * 60_000;
/** Header and what its value looks like. */
const FORMS = [
  ["x-hub-signature-256", /^sha256=([0-9a-f]{64})$/i],
  ["x-gitea-signature", /^([0-9a-f]{64})$/i],
] as const;

export const isSigned = ({ headers }: SentReport): boolean => FORMS.some(([name]) => headers[name] !== undefined);

/** Why the signature is not good; undefined when it is. */
export function signatureProblem(report: SentReport, { secret, isTimestampRequired, now }: SignatureRules) {
  const timestamp = report.headers["x-hub-timestamp"];
  const text = typeof timestamp === "string" ? timestamp : undefined;
  const hmac = createHmac("sha256", secret);
  if (text !== undefined) hmac.update(`${text}.`);
  const wanted = hmac.update(report.body).digest();
  const isGood = FORMS.map(([name, form]) => given(report.headers[name], form)).map(
    (bytes) => bytes.length === wanted.length && timingSafeEqual(bytes, wanted),
  );
  if (!isGood.includes(true)) return "the signature is not that of this body";
  if (text === undefined) return isTimestampRequired ? "X-Hub-Timestamp must be sent and signed" : undefined;
  return Math.abs(timeOf(text) - now) <= MAX_AGE_MS ? undefined : "X-Hub-Timestamp is not within five minutes of now";
}

const given = (value: string | string[] | undefined, form: RegExp): Buffer =>
  Buffer.from((typeof value === "string" ? form.exec(value.trim())?.[1] : undefined) ?? "", "hex");

/** Seconds or milliseconds since the epoch, or RFC 3339; NaN for anything else. */
function timeOf(text: string): number {
  if (/^\d{1,11}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
}
