// `ops-hub hash-token`: from a token to its entry in AUTH_TOKENS_PATH, so that the file never holds a token.
import { isToken } from "./bearer.ts";
import { sha256 } from "./digest.ts";

/** Shorter ones can be guessed. */
const MIN_LENGTH = 16;

/** YAML, to be pasted below `tokens:`. Blanks around the token are dropped. @throws Error that says what is wrong with it */
export function hashToken(text: string): string {
  const token = text.trim();
  if (token === "") throw new Error("no token came on standard input; try: openssl rand -hex 32 | ops-hub hash-token");
  if (!isToken(token)) throw new Error("a token is one word of ASCII characters; no header can carry this one");
  if (token.length < MIN_LENGTH) throw new Error(`a token must have at least ${MIN_LENGTH} characters`);
  return `  - name: change-me\n    hash: "sha256:${sha256(token).toString("hex")}"\n    access: read\n`;
}
