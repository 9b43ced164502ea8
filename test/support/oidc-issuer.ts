// An OIDC issuer on loopback, with keys that rotate: discovery, its keys, and tokens, good ones and any bad one a test can think of.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from "jose";

export interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export interface OidcIssuer {
  /** As it names itself. */
  readonly url: string;
  readonly signer: Signer;
  /** Its key set; a test may change it. */
  readonly keys: JWK[];
  /** The paths that were asked for. */
  readonly requests: string[];
  /** What discovery says beside, or instead of, the usual. */
  readonly metadata: Record<string, unknown>;
  /** Answers the next requests instead: returns whether it did. */
  mishap: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** A token of its own; `claims` and `header` say what differs, undefined drops a member. */
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>, signer?: Signer): Promise<string>;
  /** A new key signs from now on, and is the only one that is published. */
  rotate(alg?: string): Promise<void>;
  close(): Promise<void>;
}

export async function makeSigner(kid: string, alg = "ES256"): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** `now` in milliseconds: tokens are good for five minutes from it. */
export async function startIssuer(now: () => number, audience = "ops-hub"): Promise<OidcIssuer> {
  const first = await makeSigner("key-1");
  const state = {
    signer: first,
    keys: [first.jwk],
    requests: [] as string[],
    metadata: {} as Record<string, unknown>,
    mishap: undefined as OidcIssuer["mishap"],
  };
  const server = createServer((request, response) => {
    state.requests.push(request.url ?? "");
    if (state.mishap?.(request, response) === true) return;
    const routes: Record<string, object> = {
      "/.well-known/openid-configuration": { issuer: url, jwks_uri: `${url}/keys`, ...state.metadata },
      "/keys": { keys: state.keys },
    };
    const body = request.method === "GET" ? routes[request.url ?? ""] : undefined;
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? { error: "not_found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return Object.assign(state, {
    url,
    token: (claims = {}, header = {}, { kid, alg, privateKey }: Signer = state.signer) => {
      const at = Math.floor(now() / 1_000);
      const payload: JWTPayload = { iss: url, sub: "alice", aud: audience, iat: at, exp: at + 300, ...claims };
      return new SignJWT(defined(payload)).setProtectedHeader({ alg, kid, typ: "JWT", ...header }).sign(privateKey);
    },
    rotate: async (alg?: string) => {
      state.signer = await makeSigner(`key-${state.requests.length + 2}`, alg);
      state.keys.splice(0, Infinity, state.signer.jwk);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

const defined = (members: JWTPayload): JWTPayload =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
