// An OAuth 2.1 authorization server around the test issuer, where every person says yes at once: registration, authorization
// code with PKCE (RFC 7636), resource indicators (RFC 8707). Its tokens are for the resource that was asked for, and no other.
import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { startIssuer, type OidcIssuer } from "../../support/oidc-issuer.ts";

export interface AuthServer {
  readonly issuer: OidcIssuer;
  /** The authorization requests that people said yes to. */
  readonly asked: URLSearchParams[];
  close(): Promise<void>;
}

const Registration = z.looseObject({ redirect_uris: z.array(z.url()).min(1) });
const Authorization = z.object({
  response_type: z.literal("code"),
  client_id: z.string(),
  redirect_uri: z.string(),
  state: z.string().optional(),
  code_challenge: z.string(),
  code_challenge_method: z.literal("S256"),
  resource: z.url(),
});
const Exchange = z.object({
  grant_type: z.literal("authorization_code"),
  code: z.string(),
  code_verifier: z.string(),
  client_id: z.string(),
  redirect_uri: z.string(),
  resource: z.url(),
});
type Grant = z.output<typeof Authorization>;

export async function startAuthServer(): Promise<AuthServer> {
  const issuer = await startIssuer(Date.now);
  Object.assign(issuer.metadata, {
    authorization_endpoint: `${issuer.url}/authorize`,
    token_endpoint: `${issuer.url}/token`,
    registration_endpoint: `${issuer.url}/register`,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    authorization_response_iss_parameter_supported: true,
  });
  const server = new Endpoints(issuer);
  issuer.mishap = (request, response) => server.serve(request, response);
  return { issuer, asked: server.asked, close: () => issuer.close() };
}

class Endpoints {
  readonly asked: URLSearchParams[] = [];
  readonly #issuer: OidcIssuer;
  readonly #redirects = new Map<string, readonly string[]>();
  readonly #grants = new Map<string, Grant>();

  constructor(issuer: OidcIssuer) {
    this.#issuer = issuer;
  }

  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname, searchParams } = new URL(request.url ?? "/", this.#issuer.url);
    const routes: Record<string, () => Promise<void>> = {
      "POST /register": async () => this.#register(await text(request), response),
      "GET /authorize": async () => this.#authorize(searchParams, response),
      "POST /token": async () => this.#exchange(await text(request), response),
    };
    const route = routes[`${request.method} ${pathname}`];
    route?.().catch((error: unknown) =>
      send(response, 400, { error: "invalid_request", error_description: String(error) }),
    );
    return route !== undefined;
  }

  #register(body: string, response: ServerResponse): void {
    const client = Registration.parse(JSON.parse(body));
    const id = randomUUID();
    this.#redirects.set(id, client.redirect_uris);
    send(response, 201, { ...client, client_id: id, token_endpoint_auth_method: "none" });
  }

  #authorize(given: URLSearchParams, response: ServerResponse): void {
    const grant = Authorization.parse(Object.fromEntries(given));
    if (this.#redirects.get(grant.client_id)?.includes(grant.redirect_uri) !== true) throw new Error("no such client");
    this.asked.push(given);
    const code = randomUUID();
    this.#grants.set(code, grant);
    const back = new URL(grant.redirect_uri);
    back.search = new URLSearchParams({ code, iss: this.#issuer.url }).toString();
    if (grant.state !== undefined) back.searchParams.set("state", grant.state);
    response.writeHead(302, { location: back.href }).end();
  }

  async #exchange(body: string, response: ServerResponse): Promise<void> {
    const given = Exchange.parse(Object.fromEntries(new URLSearchParams(body)));
    const grant = this.#grants.get(given.code);
    this.#grants.delete(given.code);
    const challenge = createHash("sha256").update(given.code_verifier).digest("base64url");
    const isTheirs = (["client_id", "redirect_uri", "resource"] as const).every(
      (name) => grant?.[name] === given[name],
    );
    if (!isTheirs || grant?.code_challenge !== challenge) throw new Error("the code is not for this");
    const token = await this.#issuer.token({ sub: "ada", aud: given.resource });
    send(response, 200, { access_token: token, token_type: "Bearer", expires_in: 300 });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
