// The SDK clients of both generations logging in by OAuth, as a desktop client does; following one redirect is the browser's part.
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { OAuthClientProvider } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as SSEClientTransportV1 } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

export const REDIRECT = "http://127.0.0.1:1/callback";
const INFO = { name: "real-test", version: "1" };

export interface Login {
  /** What the client says of the first try, before anybody has agreed to anything. */
  readonly refused: string;
  /** Where it sends the person. */
  readonly askedAt: URL;
  /** The names of the tools, once the person has agreed. */
  tools(): Promise<string[]>;
}

class Provider implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT;
  readonly clientMetadata = { client_name: "real-test", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
  askedAt: URL | undefined;
  readonly #kept = new Map<string, any>();

  clientInformation = () => this.#kept.get("client");
  saveClientInformation = (client: object) => void this.#kept.set("client", client);
  tokens = () => this.#kept.get("tokens");
  saveTokens = (tokens: object) => void this.#kept.set("tokens", tokens);
  codeVerifier = () => this.#kept.get("verifier");
  saveCodeVerifier = (verifier: string) => void this.#kept.set("verifier", verifier);
  discoveryState = () => this.#kept.get("discovered");
  saveDiscoveryState = (discovered: object) => void this.#kept.set("discovered", discovered);
  redirectToAuthorization = (url: URL) => void (this.askedAt = url);
}

/** Over HTTP+SSE when the address ends so. */
export async function loginV2(url: string, mode: "auto" | "legacy" | "2026-07-28"): Promise<Login> {
  const provider = new Provider();
  const Transport = url.endsWith("/sse") ? SSEClientTransport : StreamableHTTPClientTransport;
  const transport = () => new Transport(new URL(url), { authProvider: provider });
  const client = () => new Client(INFO, { versionNegotiation: { mode: mode === "2026-07-28" ? { pin: mode } : mode } });
  const first = transport();
  const refused = await refusalOf(client().connect(first));
  return {
    refused,
    askedAt: askedAt(provider),
    async tools() {
      await first.finishAuth(await agree(askedAt(provider)));
      return namesOf(client(), (again) => again.connect(transport()));
    },
  };
}

export async function loginV1(url: string): Promise<Login> {
  const provider = new Provider();
  const Transport = url.endsWith("/sse") ? SSEClientTransportV1 : StreamableHTTPClientTransportV1;
  const transport = () => new Transport(new URL(url), { authProvider: provider });
  const first = transport();
  const refused = await refusalOf(new ClientV1(INFO).connect(first));
  return {
    refused,
    askedAt: askedAt(provider),
    async tools() {
      await first.finishAuth((await agree(askedAt(provider))).get("code") ?? "");
      return namesOf(new ClientV1(INFO), (again) => again.connect(transport()));
    },
  };
}

interface Lister {
  listTools(): Promise<{ tools: { name: string }[] }>;
  close(): Promise<void>;
}

async function namesOf<T extends Lister>(client: T, connect: (client: T) => Promise<void>): Promise<string[]> {
  await connect(client);
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

const refusalOf = (connecting: Promise<void>): Promise<string> => connecting.then(() => "let in", String);

function askedAt({ askedAt: url }: Provider): URL {
  if (url === undefined) throw new Error("the client did not find out where to log in");
  return url;
}

/** What comes back to the client when the person has said yes. */
async function agree(url: URL): Promise<URLSearchParams> {
  const { status, headers } = await fetch(url, { redirect: "manual" });
  const location = headers.get("location");
  if (status !== 302 || location === null) throw new Error(`the authorization server said ${status}`);
  return new URL(location).searchParams;
}
