// Names without what Kubernetes makes up for each new object, so that the next failure of the same thing has the same name.

/** Of generated names: without vowels and what looks like them. https://github.com/kubernetes/apimachinery (util/rand) */
const LETTER = "[bcdfghjklmnpqrstvwxz2456789]";
const POD_OF_REPLICA_SET = new RegExp(`-${LETTER}{6,10}-${LETTER}{5}$`);
const GENERATED = new RegExp(`-${LETTER}{5}$`);

export interface NamedObject {
  readonly name: string;
  /** What its maker wanted it to start with. */
  readonly generateName?: string | null | undefined;
}

/** `web-7d9c6b5d4f-x2x9z` is `web`, `migrate-x2x9z` is `migrate`. */
export function withoutSuffix({ name, generateName }: NamedObject): string {
  const bare = name.replace(POD_OF_REPLICA_SET, "");
  if (bare !== name) return bare;
  const start = (generateName ?? "").replace(/-$/, "");
  return start !== "" && name.startsWith(start) ? start : name.replace(GENERATED, "");
}

export const withoutEnd = (name: string, end: string): string =>
  end !== "-" && name.endsWith(end) ? name.slice(0, -end.length) : name;
