// How much a log line looks like the reason of a failure: 0 is nothing, 10 is a crash.

type Clue = readonly [score: number, pattern: RegExp];

/** The best clue counts. No clue can backtrack over more than a few characters. */
const CLUES: readonly Clue[] = [
  [10, /\bpanic: |^Traceback \(most recent|\bOOMKilled\b|\bout of memory\b|\bsegmentation fault\b|\bcore dumped\b/i],
  [10, /\bException in thread\b|^\s*Caused by: |\bFATAL\b|\bfatal(?: error)?:/],
  [
    9,
    /\bno space left on device\b|\bBUILD FAILURE\b|\bBUILD FAILED\b|\bnpm (?:ERR!|error)|^E {2,}\S|^error(?:\[\w+\])?: /i,
  ],
  [9, /^\w*(?:Error|Exception)\b: |^--- FAIL: |^FAIL(?:ED)?\b/],
  [8, /\b(?:permission denied|access denied|unauthorized|forbidden|connection refused|no such host|no such file)\b/i],
  [8, /\b(?:x509: |certificate (?:has expired|verify failed)|manifest unknown|exec format error|command not found)/i],
  [7, /\bERROR\b|\blevel=(?:error|fatal)\b|"level":\s?"(?:error|fatal)"|\bCRITICAL\b|^E\d{4} /],
  [5, /\b(?:error|exception|failed|failure|fatal|cannot|could not|unable to|timed out|timeout|refused|invalid)\b/i],
  [4, /\b(?:exit(?:ed with)? (?:code|status)|not found|killed|aborted|missing|denied)\b/i],
  [2, /\bwarn(?:ing)?\b/i],
];

/** Words of failure in lines that tell of none, or only of an earlier one. */
const HARMLESS =
  /\b(?:0|no) (?:errors?|failures?|failed)\b|\berrors?[=:] ?0\b|\b(?:failed|failures)[=:] ?0\b|previous step failed|--- PASS: /i;

/** One of these stands in every line with a clue: most lines have none, and that is quickly seen. */
const WORDS =
  /err|fail|fatal|exce|panic|trac|caus|oomk|out of|segm|core d|no s|deni|unau|forb|refu|x509|cert|mani|not f|crit|cann|could|unab|timed|timeo|inva|exit|kill|abor|missing|warn|^e/i;
const LOOKED_AT = 500;

export function errorScore(line: string): number {
  const start = line.slice(0, LOOKED_AT);
  if (!WORDS.test(start) || HARMLESS.test(start)) return 0;
  for (const [score, pattern] of CLUES) if (pattern.test(start)) return score;
  return 0;
}
