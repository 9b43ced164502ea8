// Ids. Prefect answers a bad one in a path with a bare 404, so they are checked before anything is asked.
import { z } from "zod";
import { oneLine } from "../../core/clip.ts";

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text.trim());

const notUuid = ({ input }: { input?: unknown }): string =>
  `'${oneLine(typeof input === "string" ? input : String(input), 60)}' is not a UUID. For names use name_contains.`;

/** One id of the wanted kind: `uuid("Id of the flow run")`. */
export const uuid = (what: string) => z.string().max(64).regex(UUID, { error: notUuid }).describe(`${what}, a UUID`);

/** For filters: described by their key. */
export const uuids = z.array(z.string().max(64).regex(UUID, { error: notUuid })).max(200);
