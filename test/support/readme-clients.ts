// README's snippets for clients, taken from README and read as each client reads its own: to what it connects to.
import { load } from "js-yaml";
import { entryOfCommand } from "./readme-commands.ts";
import { READERS, type Entry } from "./readme-files.ts";

/** What README says of one client. */
export interface Client {
  readonly name: string;
  readonly prose: string;
  readonly snippets: readonly Snippet[];
}

export interface Snippet {
  readonly client: string;
  /** Of the block: json, yaml or sh. */
  readonly language: string;
  readonly text: string;
  /** The pieces of code of the client's row in the table of tokens. */
  readonly pieces: readonly string[];
}

const CLIENTS = ["Cursor", "Claude Code", "Claude Desktop", "VS Code", "HolmesGPT", "LibreChat", "curl"];

/** @throws when a client has lost its snippet, or its row in the table of tokens */
export function clientsOf(readme: string): Client[] {
  const section = /^## Connect a client\n([\s\S]*?)^##/m.exec(readme)?.[1] ?? "";
  const table = /^The token in clients.*\n\n((?:\|.*\n)+)/m.exec(readme)?.[1] ?? "";
  const paragraphs = new Map(section.split(/^(?=\*\*)/m).map((prose) => [/^\*\*(.+?)\*\*/.exec(prose)?.[1], prose]));
  return CLIENTS.map((name) => {
    const prose = paragraphs.get(name) ?? "";
    const row = table.split("\n").find((line) => line.startsWith(`| ${name} `));
    if (row === undefined) throw new Error(`README does not say how ${name} sends a token`);
    const pieces = [...row.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
    const blocks = [...prose.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)];
    const snippets = blocks.map(([, language = "", text = ""]) => ({ client: name, language, text, pieces }));
    if (snippets.length === 0) throw new Error(`README has no snippet for ${name}`);
    return { name, prose, snippets };
  });
}

/**
 * What the snippet's client makes of it. With a token, the pieces of its row are added, and the token is in OPS_HUB_TOKEN.
 * @throws when the client would not understand it
 */
export async function entryOf({ client, language, text, pieces }: Snippet, token?: string): Promise<Entry> {
  const env: Record<string, string> = token === undefined ? {} : { OPS_HUB_TOKEN: token };
  const added = token === undefined ? [] : pieces;
  if (language === "sh") return entryOfCommand([text, ...added.filter(isOption)].join(" "), env);
  const parse = (source: string): unknown => (language === "json" ? JSON.parse(source) : load(source));
  const members = added.filter(isMember).map((piece) => parse(language === "json" ? `{${piece}}` : piece));
  const read = READERS[client];
  if (read === undefined) throw new Error(`${client} has no configuration file`);
  return read(parse(text), Object.assign({}, ...members), env);
}

/** `--header "..."` */
const isOption = (piece: string): boolean => piece.startsWith("-");

/** `"headers": {...}`, and not the name of a file or a key that the row mentions. */
const isMember = (piece: string): boolean => /^"?\w+"?: /.test(piece);
