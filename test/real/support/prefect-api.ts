// A plain client of Prefect's REST API for seeding and for comparing the hub with the truth: Basic, CSRF, and the status with every failure.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";

export interface PrefectApi {
  url: string;
  /** Throws unless the status is a success. */
  get(path: string): Promise<any>;
  post(path: string, body?: unknown): Promise<any>;
  patch(path: string, body: unknown): Promise<any>;
  remove(path: string): Promise<void>;
  /** Any status. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<PrefectReply>;
}

export interface PrefectReply {
  status: number;
  headers: Record<string, string>;
  body: any;
}

const csrfToken = z.looseObject({ token: z.string() });

export async function connectPrefect(url: string, auth?: string): Promise<PrefectApi> {
  const own: Record<string, string> =
    auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString("base64")}` };
  const client = randomUUID();
  const offered = await fetch(`${url}/csrf-token?client=${client}`, { headers: own });
  const csrf = csrfToken.safeParse(await offered.json());
  if (csrf.success) Object.assign(own, { "prefect-csrf-token": csrf.data.token, "prefect-csrf-client": client });

  const send: PrefectApi["send"] = async (method, path, body, headers = {}) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const reply = await fetch(`${url}/${path}`, {
      method,
      headers: { "content-type": "application/json", ...own, ...headers },
      ...init,
    });
    const text = await reply.text();
    return {
      status: reply.status,
      headers: Object.fromEntries(reply.headers),
      body: text === "" ? null : JSON.parse(text),
    };
  };
  /** 503 means that SQLite is locked by one of the server's own services. */
  const must = async (method: string, path: string, body?: unknown) => {
    let reply = await send(method, path, body);
    for (let attempt = 0; reply.status === 503 && attempt < 10; attempt++) {
      await pause(200);
      reply = await send(method, path, body);
    }
    if (reply.status > 299)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 800)}`);
    return reply.body;
  };
  return {
    url,
    send,
    get: (path) => must("GET", path),
    post: (path, body = {}) => must("POST", path, body),
    patch: (path, body) => must("PATCH", path, body),
    remove: (path) => must("DELETE", path),
  };
}
