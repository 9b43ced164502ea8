// Which lines of a log are worth the search for signatures: a cheap look at words, so that a log of noise costs nothing.

/** Of the words that signatures look for, in any case of letters. A rule whose lines have none of these is never asked. */
const STEMS = [
  String.raw`err|fail|fatal|exce|panic|not |n't|no |unknown|un(?:able|auth|reach|supp|bound)|invalid|missing|deni`,
  String.raw`refus|reject|forbid|conflict|mismatch|duplicate|already|auth|cert|x509|pkix|econn|etimed|ehost`,
  String.raw`enospc|enoent|eacces|time(?:d |out)|lookup|resolv|getaddrinfo|nodename|translate host|dial tcp`,
  String.raw`reset by|deadline|memory|bad_alloc|oom|heap|killed|space|disk|quota|limit|too ?many|status|cannot`,
  String.raw`could|insufficient|uids|newuidmap|dubious|host key|identification|table '|caused by|exit|interrupt`,
  String.raw`warning|lockfile|yn00|manifest|containerfile|dockerfile|must |required|environment|read-only|\.go:`,
  String.raw`tests? run|expected|notfound|notexist|at step|depth_zero`,
];
const TELLING = new RegExp(String.raw`${STEMS.join("|")}|[●✕×]|^[^)]{0,60}\d\) `, "i");

export const isTelling = (line: string): boolean => TELLING.test(line);
