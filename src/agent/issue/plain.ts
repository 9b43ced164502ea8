// Hostile text made harmless for a plain line: no invisible characters, and nothing that looks like the hub's marker.

/** Bidirectional marks, zero-width characters and everything else that shows nothing. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const CONTROL = /[\p{Cc}--[\n\t]]/gv;

/** Line ends are \n; control characters become U+FFFD, invisible ones go, and no comment opens: trackers keep those in the source. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, "\n")
    .replace(INVISIBLE, "")
    .replace(CONTROL, "\uFFFD")
    .replaceAll("<!--", "<!- -")
    .replaceAll("hub:v1", "hub: v1");
}

/** At most `max` UTF-16 units, never half a character. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max - 1).toWellFormed();
  return `${head.replace(/\uFFFD$/, "")}…`;
}

/** One clean line. */
export const line = (text: string, max: number): string =>
  clip(
    clean(text.slice(0, max * 4))
      .replace(/[\s\uFFFD]+/g, " ")
      .trim(),
    max,
  );

/** `2026-11-20 08:30:00 UTC`. */
export const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
