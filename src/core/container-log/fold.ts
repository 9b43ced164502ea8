// A line that repeats is said once, with how often: a crash loop's 4,000 equal lines must not push the cause out.

export interface Fold {
  push(line: string): string[];
  end(): string[];
}

export function createFold(): Fold {
  let last: string | undefined;
  let times = 0;
  const release = (): string[] => {
    if (last === undefined) return [];
    return [times > 1 && last !== "" ? `${last} (×${times})` : last];
  };
  return {
    push(line) {
      if (line === last) {
        times += 1;
        return [];
      }
      const released = release();
      last = line;
      times = 1;
      return released;
    },
    end() {
      const released = release();
      last = undefined;
      return released;
    },
  };
}
