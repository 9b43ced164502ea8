// Bytes of one stream as text that is safe to show: UTF-8 with replacement, no escape sequences, no control characters
// but newline and tab. A lone carriage return (a progress bar) becomes a newline.
/* oxlint-disable no-control-regex -- control characters are what this file is about */

// CSI; OSC, DCS and the like up to their end; any other two-character sequence.
const ESCAPES =
  /(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]?|\u001B[\]PX^_][^\u0007\u001B\u009C\n]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/g;
const OPEN_ESCAPE =
  /(?:(?:\u001B\[|\u009B)[0-?]*[ -/]*|\u001B[\]PX^_][^\u0007\u001B\u009C\n]*\u001B?|\u001B[ -/]*|\r)$/;
const CONTROLS = /[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F-\u009F]/g;
const UNCLEAN = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFD]/;
const UNDECODABLE = /[\u0000-\u0008\u000E-\u001A\u001C-\u001F\uFFFD]/g;
/** An escape sequence that does not end within this is none. */
const MAX_HELD_CHARS = 4096;

export interface Cleaner {
  push(chunk: Uint8Array): string;
  end(): string;
  /** Bytes that were no UTF-8, and control characters that no text has. */
  readonly undecodable: number;
}

export function createCleaner(stripAnsi: boolean): Cleaner {
  const decoder = new TextDecoder("utf-8");
  let held = "";
  let undecodable = 0;
  const clean = (decoded: string, last: boolean): string => {
    const text = held + decoded;
    held = "";
    if (!UNCLEAN.test(text)) return text;
    undecodable += decoded.match(UNDECODABLE)?.length ?? 0;
    const open = last ? -1 : text.search(OPEN_ESCAPE);
    const until = open < 0 || text.length - open > MAX_HELD_CHARS ? text.length : open;
    held = text.slice(until);
    const whole = text.slice(0, until);
    return (stripAnsi ? whole.replace(ESCAPES, "") : whole).replace(/\r\n?/g, "\n").replace(CONTROLS, "");
  };
  return {
    push: (chunk) => clean(decoder.decode(chunk, { stream: true }), false),
    end: () => clean(decoder.decode(), true),
    get undecodable() {
      return undecodable;
    },
  };
}
