// A log line without what its program or a collector puts before each line: time, level, container, logger.

/** Each stands at the start, and its repetitions have bounds. */
const KLOG = /^[IWEF]\d{4} \d{2}:\d{2}:\d{2}\.\d{1,6}\s{1,8}\d{1,8} [\w.-]{1,60}:\d{1,6}\] /;
const STAMP =
  /^\s{0,4}[[(]?(?:\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,:]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?|\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?|[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2})[\])]?[:,]?(?: |$)/;
const SOURCE = /^(?:\[[A-Za-z0-9][\w./:-]{0,80}\]|[A-Za-z0-9][\w.-]{0,62} {0,12}\|)(?: |$)/;
/** Levels of four letters are padded to five; more blanks than that are the line's own indentation. */
const LEVEL =
  /^\s{0,6}[[(<]?(?:(?:INFO|WARN|info|warn)[\])>]?:?(?: {1,2}|$)|(?:TRACE|DEBUG|NOTICE|WARNING|ERROR|ERR|SEVERE|FATAL|CRITICAL|CRIT|PANIC|trace|debug|warning|error|fatal|critical)[\])>]?:?(?: |$))/;
/** `1 --- [main] o.s.boot.SpringApplication : `, `[worker-3] com.acme.Orders - `, `com.acme.Orders: `. */
const LOGGER =
  /^\s{0,4}(?:\d{1,7} --- )?(?:\[[^\]]{1,80}\] {1,4})?(?:[\w$-]{1,60}(?:\.[\w$-]{1,60}){1,10} {0,40}(?:: | - |- )|[\w$.-]{1,80} {1,40}(?:: |- ))/;
const PREFIXES: readonly RegExp[] = [KLOG, STAMP, SOURCE, LEVEL, LOGGER];
const MAX_PREFIXES = 5;

/** What is left after each prefix, the shortest last; empty for a line that has none. */
export function formsOf(line: string): string[] {
  const forms: string[] = [];
  let rest = line;
  for (let step = 0; step < MAX_PREFIXES; step += 1) {
    const prefix = PREFIXES.map((pattern) => pattern.exec(rest)?.[0]).find((found) => found !== undefined);
    if (prefix === undefined || prefix.length >= rest.length) break;
    rest = rest.slice(prefix.length);
    forms.push(rest);
  }
  return forms;
}

/** Without any prefix. */
export const bare = (line: string): string => formsOf(line).at(-1) ?? line;

/** Does the pattern look at the start of a line? Others find what they look for behind any prefix. */
export const isAnchored = ({ source }: RegExp): boolean => /(?<![[\\])\^/.test(source);

/** The line without as many prefixes, or as many as it has. */
export function formAt(line: string, depth: number): string {
  if (depth === 0) return line;
  const forms = formsOf(line);
  return forms[Math.min(depth, forms.length) - 1] ?? line;
}
