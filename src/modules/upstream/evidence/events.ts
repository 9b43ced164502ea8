// The events of kubernetes-mcp-server: a list of its own making, without counts and uids, with times as Go prints them.
import { z } from "zod";
import type { EventQuestion } from "../../../core/inquiry/reader.ts";
import type { CoreEvent } from "../../../core/kube/events.ts";
import { readYamlList } from "./yaml.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

const printed = z.looseObject({
  Namespace: text,
  Timestamp: text,
  Type: text,
  Reason: text,
  Message: text,
  InvolvedObject: z.looseObject({ apiVersion: text, Kind: text, Name: text }),
});

/** Servers before September 2025 know no selectors: what was not asked for is left out here. */
export async function readEventList(
  reply: string,
  namespace: string,
  about: EventQuestion,
): Promise<CoreEvent[] | undefined> {
  if (reply.startsWith("# No events found")) return [];
  const entries = await readYamlList(reply.replace(/^#[^\n]*\n/, ""));
  return entries
    ?.flatMap((entry) => {
      const event = printed.safeParse(entry);
      return event.success ? [eventOf(event.data)] : [];
    })
    .filter((event) => event.metadata.namespace === namespace && isAbout(event, about));
}

function eventOf({ Namespace, Timestamp, Type, Reason, Message, InvolvedObject }: z.output<typeof printed>): CoreEvent {
  const { apiVersion, Kind, Name } = InvolvedObject;
  return {
    metadata: { namespace: Namespace },
    type: Type,
    reason: Reason,
    message: Message,
    lastTimestamp: timeOf(Timestamp),
    involvedObject: { apiVersion, kind: Kind, name: Name },
  };
}

function isAbout({ type, involvedObject: { kind, name } }: CoreEvent, about: EventQuestion): boolean {
  return about === "warnings" ? type === "Warning" : kind === about.kind && name === about.name;
}

/** `2026-11-25 11:00:00 +0000 UTC`; a time that nobody wrote down is the year 1. */
function timeOf(printedTime: string | undefined): string | undefined {
  const [, day, time, zone] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d+)? ([+-]\d{4})/.exec(printedTime ?? "") ?? [];
  if (day === undefined || time === undefined || zone === undefined || day.startsWith("0001")) return undefined;
  const at = Date.parse(`${day}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString().replace(/\.000Z$/, "Z");
}
