// The names that secrets have: in assignments, JSON, YAML, flags, headers and environments.

/** How sure the name alone is. `strict` values go unless they are a placeholder; the others must look like a secret. */
type Trust = "strict" | "random" | "long" | "pair";

export interface Name {
  readonly kind: string;
  readonly trust: Trust;
  readonly words: string;
}

/** The first that fits counts. Letters of both cases fit; `-`, `_` and nothing between words are the same. */
export const NAMES: readonly Name[] = [
  { kind: "password", trust: "strict", words: "password|passwd|passphrase|passwort|(?<![a-z])pswd|(?<![a-z])pwd" },
  {
    kind: "password",
    trust: "strict",
    words: "(?<=[a-z\\d][_.-])pass|(?<![a-z-])pass(?=\\\\?[\"']|=)|(?<=[a-z])(?:db|user|smtp|registry)pass",
  },
  {
    kind: "secret",
    trust: "strict",
    words: "(?:client|app|application|consumer|shared|webhook|jwt|session|cookie|hmac|oauth)[_.-]?secret",
  },
  {
    kind: "key",
    trust: "strict",
    words:
      "(?:api|access|secret|private|account|encryption|signing|master|client|shared|ssh|license|deploy|storage|app)[_.-]?key|(?:api|access|secret) key",
  },
  {
    kind: "token",
    trust: "strict",
    words:
      "(?:access|auth|refresh|bearer|id|session|security|api|bot|private|personal|registry|github|gitlab|gitea|npm|pypi|sa|job|deploy|web|oauth)[_.-]?token|(?:access|auth|refresh|api|bearer) token",
  },
  { kind: "token", trust: "random", words: "token" },
  { kind: "secret", trust: "random", words: "secret|credentials?|dockerconfigjson|dockercfg" },
  { kind: "auth", trust: "pair", words: "(?<![a-z])_?auth" },
  {
    kind: "key",
    trust: "long",
    words: "(?<![a-z])key|(?<=_)key|(?<![a-z])auth|(?<![a-z])sig|signature|passkey|jwk",
  },
];

const WORDS = NAMES.map(({ words }) => `(${words})`).join("|");
const AFTER_NAME = String.raw`(?:[_.-]?(?:data|value|b64|base64)|_?\d{1,3})?`;
export const KEYED = new RegExp(`(?:${WORDS})${AFTER_NAME}`, "gi");
const SECRET_BLOCK = new RegExp(`(?:${WORDS})${AFTER_NAME}["']?\\s{0,4}:\\s{0,4}[|>][+-]?\\d?\\s{0,8}$`, "i");

const NAMING = new RegExp(`\\bname["']?:\\s{0,4}["']?[\\w.-]{0,128}?(?:${WORDS})${AFTER_NAME}["']?,?\\s{0,8}$`, "i");

/** Any of these stands in every name: most lines are done after this one look. */
export const MAY_HOLD_NAME = /pass|pswd|pwd|secret|token|key|auth|cred|docker|sig|jwk/i;
/** `password: |` and the like: the lines below, further in, are the value. */
export const opensSecretBlock = (line: string): boolean =>
  /[|>][+-]?\d?\s{0,8}$/.test(line.slice(-12)) && SECRET_BLOCK.test(line);

/** `name: DB_PASSWORD`: the next line of the environment has its value. */
export const namesSecret = (line: string): boolean => MAY_HOLD_NAME.test(line) && NAMING.test(line);
