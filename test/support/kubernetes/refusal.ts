// How a kube-apiserver refuses: a Status body, or plain text where no API is.
import type { ServerResponse } from "node:http";
import type { JsonObject } from "../../../src/core/json.ts";

export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: JsonObject | undefined;

  constructor(status: number, reason: string, message: string, details?: JsonObject) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}

export function sendStatus(response: ServerResponse, { status, reason, message, details }: Refusal): void {
  if (reason === "") {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${message}\n`);
    return;
  }
  const body = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    details,
    code: status,
  };
  sendJson(response, body, status);
}

export const sendJson = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

/** The real server ignores what it does not know; here it is a mistake of the hub. */
export function allow(query: URLSearchParams, names: readonly string[]): void {
  const unknown = [...query.keys()].filter((key) => !names.includes(key));
  if (unknown.length > 0) throw new Refusal(400, "BadRequest", `unknown parameter: ${unknown.join(", ")}`);
}
