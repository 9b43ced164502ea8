// AUTH_MODE=oidc: JWTs of one issuer, signed with its asymmetric keys, for our audience. We are a resource server only.
import { decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../core/clock.ts";
import { Denied } from "../../core/denied.ts";
import type { Challenge } from "../challenge.ts";
import { sha256 } from "../digest.ts";
import type { Identity, Mode } from "../mode.ts";
import { ALL } from "../rights.ts";
import type { Issuer } from "./issuer.ts";

export interface OidcModeOptions {
  readonly keys: Issuer;
  /** As OIDC_ISSUER has it. */
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly clockSkewSeconds: number;
  readonly groupsClaim: string;
  readonly clock: Clock;
  readonly challenge: Challenge;
}

/** Whoever can check these cannot make them: a public key is no shared secret. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** Other kinds of JWT (logout tokens, proofs) are signed with the same keys, and are no login. */
const TYPES = [undefined, "jwt", "at+jwt"];
/** Headers with which a token would bring or name its own key. */
const OWN_KEYS = ["jwk", "jku", "x5c", "x5u"];
/** A signature costs 0.1 ms to check; a key that was withdrawn is believed this much longer. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 1_000;
const MAX_GROUPS = 1_000;

/** jose also takes padding, so that one token could come in many forms. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** A name that can stand in a rule, a log line and an audit record. */
const NAME = /^[^\p{Cc}]{1,256}$/u;

class Subject implements Identity {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly limit = ALL;
  /** Milliseconds since the epoch. */
  readonly ends: number;

  constructor(sub: string, groups: readonly string[], ends: number) {
    this.id = `oidc:${sub}`;
    this.name = sub;
    this.groups = groups;
    this.ends = ends;
  }
}

export class OidcMode implements Mode {
  readonly #options: OidcModeOptions;
  readonly #verified: LRUCache<string, Subject>;

  constructor(options: OidcModeOptions) {
    this.#options = options;
    this.#verified = new LRUCache({ max: MAX_REMEMBERED, ttl: REMEMBERED_MS, ttlResolution: 0, perf: options.clock });
  }

  async identify(token: string): Promise<Identity | undefined> {
    if (issuerOf(token) !== this.#options.issuer) return undefined;
    const key = sha256(token).toString("base64");
    const known = this.#verified.get(key);
    if (known !== undefined && this.#isGood(known)) return known;
    const subject = await this.#verify(token);
    this.#verified.set(key, subject);
    return subject;
  }

  again(identity: Identity): Promise<Identity | undefined> {
    return Promise.resolve(identity instanceof Subject && this.#isGood(identity) ? identity : undefined);
  }

  problems(): readonly string[] {
    return this.#options.keys.problems();
  }

  #isGood({ ends }: Subject): boolean {
    return ends > this.#options.clock.now();
  }

  async #verify(token: string): Promise<Subject> {
    const { keys, challenge, clockSkewSeconds, groupsClaim } = this.#options;
    if (!COMPACT.test(token)) throw challenge.invalid("the token is no JWT we can check");
    try {
      const { payload, protectedHeader } = await keys.withKeys(
        (find) => jwtVerify(token, find, this.#rules()),
        (error) => error instanceof errors.JWKSNoMatchingKey,
      );
      const typ = protectedHeader.typ?.toLowerCase().replace(/^application\//, "");
      if (!TYPES.includes(typ)) throw challenge.invalid("this kind of JWT is no access token");
      if (OWN_KEYS.some((name) => name in protectedHeader)) throw challenge.invalid("the token brings its own key");
      return subjectOf(payload, groupsClaim, clockSkewSeconds) ?? invalidClaim(challenge);
    } catch (error) {
      if (error instanceof Denied) throw error;
      throw challenge.invalid(explain(error));
    }
  }

  #rules(): JWTVerifyOptions {
    const { issuer, audience, clockSkewSeconds, clock } = this.#options;
    return {
      issuer,
      audience: [...audience],
      algorithms: ALGORITHMS,
      requiredClaims: ["exp", "sub"],
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(clock.now()),
    };
  }
}

/** Not believed yet: it only says whose business the token is. */
function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

function subjectOf({ sub, exp, ...claims }: JWTPayload, groupsClaim: string, skew: number): Subject | undefined {
  if (typeof sub !== "string" || !NAME.test(sub) || exp === undefined) return undefined;
  const given = Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : undefined;
  const groups = (Array.isArray(given) ? given : [given]).filter((group) => typeof group === "string");
  return new Subject(sub, groups.slice(0, MAX_GROUPS), (exp + skew) * 1_000);
}

function invalidClaim(challenge: Challenge): never {
  throw challenge.invalid("the token names nobody we could believe in: sub must be a line of at most 256 characters");
}

/** In our words: jose's may repeat what the token holds. */
function explain(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWTClaimValidationFailed) {
    return CLAIMS[error.claim] ?? "a claim of the token is missing or wrong";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token's algorithm is not allowed; asymmetric ones are";
  if (error instanceof errors.JWKSNoMatchingKey) return "the token is signed with a key the issuer does not have";
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return "the token does not say which of the issuer's keys signed it";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is wrong";
  return "the token is no JWT we can check";
}

const CLAIMS: Readonly<Record<string, string>> = {
  aud: "the token is for another audience",
  iss: "the token is of another issuer",
  nbf: "the token is not valid yet",
  exp: "the token has no expiry",
  sub: "the token names no subject",
};
