// What of an address is counted: one household of IPv6 has a whole /64, and IPv4 may come dressed as IPv6.
import { isIP } from "node:net";

/** `::ffff:10.0.0.5` is 10.0.0.5; of IPv6 the first 64 bits. Anything else stays, cut. */
export function addressKey(address: string): string {
  const bare = (address.split("%")[0] ?? "").toLowerCase();
  if (isIP(bare) !== 6) return bare.slice(0, 64);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  return mapped ?? `${groupsOf(bare).slice(0, 4).join(":")}::/64`;
}

/** The eight groups, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.replace(/(\d+\.){3}\d+$/, "0:0").split("::");
  const [before, after] = [splitGroups(head), splitGroups(tail ?? "")];
  const gap = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: Math.max(0, gap) }, () => "0"), ...after];
}

const splitGroups = (part: string): string[] =>
  part === "" ? [] : part.split(":").map((group) => group.replace(/^0+(?=.)/, ""));
