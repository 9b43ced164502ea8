// A list of objects as kubernetes-mcp-server prints it, by its setting list_output: whole objects in YAML, or a table with the
// columns of kubectl, whose names and a word on each are all that can be used.
import { isObject, type JsonObject } from "../../../core/json.ts";
import type { UpstreamReply } from "../port.ts";
import { readYamlList } from "./yaml.ts";

export interface Listed {
  readonly name: string;
  /** Undefined where only a row was printed. */
  readonly object: JsonObject | undefined;
  /** The column that says how it goes: Tekton's `Succeeded` (True, False, Unknown). */
  readonly succeeded: string | undefined;
}

/** Undefined for an answer that is no list. */
export async function readList({ text, structured }: UpstreamReply): Promise<readonly Listed[] | undefined> {
  const items = structured?.["items"];
  if (Array.isArray(items)) return items.flatMap((item) => listedOf(item) ?? []);
  if (text.trim() === "" || /^\[\]\s*$|^No resources found/.test(text)) return [];
  if (text.startsWith("- ")) return (await readYamlList(text))?.flatMap((item) => listedOf(item) ?? []);
  return readTable(text);
}

function listedOf(item: unknown): Listed | undefined {
  if (!isObject(item)) return undefined;
  const { metadata } = item;
  if (isObject(metadata) && typeof metadata["name"] === "string") {
    return { name: metadata["name"], object: item, succeeded: undefined };
  }
  const name = item["Name"];
  const succeeded = item["Succeeded"];
  return typeof name === "string"
    ? { name, object: undefined, succeeded: typeof succeeded === "string" ? succeeded : undefined }
    : undefined;
}

/** Columns stand below their headers; cells may hold blanks, so the headers' places count. */
function readTable(text: string): readonly Listed[] | undefined {
  const [header = "", ...rows] = text.split("\n");
  const columns = [...header.matchAll(/\S+(?: \S+)*/g)].map(({ 0: title, index }) => ({ title, index }));
  const cell = (row: string, title: string): string | undefined => {
    const at = columns.findIndex((column) => column.title === title);
    return at < 0 ? undefined : row.slice(columns[at]?.index, columns[at + 1]?.index).trim();
  };
  if (!columns.some(({ title }) => title === "NAME")) return undefined;
  return rows.flatMap((row) => {
    const name = cell(row, "NAME") ?? "";
    return name === "" ? [] : [{ name, object: undefined, succeeded: cell(row, "SUCCEEDED") }];
  });
}
