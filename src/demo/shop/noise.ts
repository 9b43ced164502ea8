// Randomness that repeats: a number is a pure function of the seed, a name and a tick, so a day can be made again, sample by sample.

/** Uniform in [0, 1). */
export function noise(seed: number, name: string, tick: number): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  hash = mix(hash ^ Math.imul(tick, 0x9e3779b1));
  return (hash >>> 0) / 2 ** 32;
}

/** 32 hexadecimal digits, as a trace id has. */
export function traceId(seed: number, name: string, tick: number): string {
  const parts = [0, 1, 2, 3].map((part) => Math.floor(noise(seed + part, name, tick) * 2 ** 32));
  return parts.map((part) => part.toString(16).padStart(8, "0")).join("");
}

// The finalizer of MurmurHash3: one changed bit of the input changes half the bits of the output.
function mix(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
