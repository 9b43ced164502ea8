// The operators that Prefect's filters share. `like_` is no SQL LIKE: it finds the text anywhere, in any case.
import { z } from "zod";
import { uuids } from "../uuid.ts";

export const words = z.array(z.string().max(500)).max(200);
export const word = z.string().max(500);
export const yes = z.boolean();
export const moment = z
  .string()
  .max(64)
  .refine((text) => Number.isFinite(Date.parse(text)), "must be an RFC 3339 time");
export const whole = z.number().int().min(-1_000_000_000).max(1_000_000_000);

export const STATE_TYPES = [
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "CRASHED",
  "PAUSED",
  "CANCELLING",
] as const;

export const stateTypes = z.array(z.enum(STATE_TYPES)).max(20);
export const span = { before_: moment, after_: moment };
export const spanOrNull = { ...span, is_null_: yes };
export const ids = { any_: uuids, not_any_: uuids };
export const anyId = { any_: uuids };
export const anyWord = { any_: words };
export const names = { any_: words, like_: word };
export const tags = { all_: words, is_null_: yes };
export const tagsOrAny = { all_: words, any_: words, is_null_: yes };
