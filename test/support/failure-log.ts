// The log files of the failure bundles: plain text, and lines that start with %% for what no text file should hold.
import { noise, progress } from "./failure-noise.ts";
import type { LogLine } from "./kubernetes-stand-in.ts";

/** When the container ran: its lines are spread over this time. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

const MIB = 1024 * 1024;

/**
 * %%noise <kind> <lines>   what a tool prints before it fails      %%json "<text>"     a line with escapes
 * %%progress <states>      a progress bar, one line                %%bytes <hex>       a line that is no UTF-8, newline included
 * %%long <MiB> <start>     one line of that size                   %%kubelet <text>    the kubelet's own words, without a time
 */
export function logLines(source: string, { from, to }: Span): LogLine[] {
  const texts = source.replace(/\n$/, "").split("\n").flatMap(expand);
  const start = Date.parse(from);
  const step = (Date.parse(to) - start) / Math.max(1, texts.length);
  return texts.map((text, at) =>
    typeof text === "object" && "kubelet" in text
      ? { at: "", text: text.kubelet }
      : { at: new Date(start + at * step).toISOString().replace("Z", "000000Z"), text },
  );
}

type Expanded = string | Uint8Array | { readonly kubelet: string };

function expand(line: string): Expanded[] {
  const [, word, rest = ""] = /^%%(\w+) (.*)$/.exec(line) ?? [];
  if (word === undefined) return [line];
  const [first = "", second = ""] = rest.split(" ");
  if (word === "noise") return noise(first, Number(second));
  if (word === "progress") return [progress(Number(first))];
  if (word === "json") return [String(JSON.parse(rest))];
  if (word === "bytes") return [Buffer.from(rest.replaceAll(" ", ""), "hex")];
  if (word === "long") return [longLine(Number(first), rest.slice(first.length + 1))];
  if (word === "kubelet") return [{ kubelet: rest }];
  throw new Error(`no such directive in a log: %%${word}`);
}

function longLine(mebibytes: number, start: string): Uint8Array {
  const line = Buffer.alloc(mebibytes * MIB, '{"id":184467,"sku":"SKU-0042","qty":3},');
  line.write(start);
  line.write("\n", line.length - 1);
  return line;
}
