// What a program painted for a terminal, as plain text: no colours, cursor moves, hidden or direction-turning characters.

const ESC = "\u001b";
const BEL = "\u0007";

/** Every alternative starts at its own ESC and stops before the next: linear on any input. */
const SEQUENCES = new RegExp(
  [
    String.raw`(?:${ESC}\[|\u009b)[0-?]*[ -\/]*[@-~]`, // CSI: colours, cursor
    String.raw`${ESC}\][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\)`, // OSC: titles, links
    String.raw`${ESC}[PX^_][^${ESC}]*${ESC}\\`, // DCS, SOS, PM, APC
    String.raw`${ESC}[ -\/]*[0-Z\\^-~]`, // two or three letters: charset, save cursor
    String.raw`${ESC}[\[\]PX^_]?`, // one that never ends
  ].join("|"),
  "g",
);
const UNSEEN = /[\p{Cc}\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
const NEEDS_CLEANING =
  /[^\t -~\u00a0-\u0600\u0700-\u1700\u1900-\u1fff\u2010-\u2027\u2030-\u205f\u2070-\ud7ff\ue000-\ufdff]/;

/** The line as it reads: tabs stay, line and paragraph separators become blanks. */
export function cleanLine(line: string): string {
  if (!NEEDS_CLEANING.test(line)) return line;
  return line
    .replace(SEQUENCES, "")
    .replace(/[\u2028\u2029]/g, " ")
    .replace(UNSEEN, (unseen) => (unseen === "\t" ? unseen : ""))
    .trimEnd();
}
