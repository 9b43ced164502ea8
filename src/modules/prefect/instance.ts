// The Prefect servers that are known by name, and the one that a call means.
import { ToolFailure } from "../../core/failure.ts";
import type { Address, Links } from "./address.ts";
import type { Client } from "./client.ts";
import type { Login } from "./login.ts";

export interface Instance {
  readonly name: string;
  readonly address: Address;
  readonly login: Login;
  readonly client: Client;
  /** Links for people. */
  readonly links: Links;
}

export interface Instances {
  readonly list: readonly Instance[];
  /** The one that is meant when the caller names none. */
  readonly fallback: Instance | undefined;
}

/** @throws ToolFailure naming those that there are */
export function findInstance({ list, fallback }: Instances, name: string | undefined): Instance {
  const names = list.map((one) => one.name).join(", ");
  if (name !== undefined) {
    const found = list.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new ToolFailure("not-found", `no Prefect instance is named "${name}"; there is: ${names}`, {
      code: "UNKNOWN_INSTANCE",
    });
  }
  if (fallback !== undefined) return fallback;
  const message =
    list.length === 0
      ? "PREFECT_API_URL is not set: bring x-prefect-api-url and credentials as headers, or let the operator set it"
      : `say which Prefect with instance: ${names}`;
  throw new ToolFailure("invalid", message, { code: "NO_INSTANCE" });
}
