// How a captured curve is written: whole numbers in the last decimal that was kept, `n*times` for repeats, `_` where there was no sample.
// 0.25 0.25 0.31 (nothing) with two decimals is `25*2 31 _`.

export interface Curve {
  /** Decimals kept; -3 means thousands. */
  readonly decimals: number;
  readonly values: string;
}

const REPEATED = /^(-?\d+|_|NaN)(?:\*(\d+))?$/;

export function encodeCurve(values: readonly (number | undefined)[], decimals: number): Curve {
  const words: string[] = [];
  const tokens = values.map((value) => (value === undefined ? "_" : String(Math.round(value * 10 ** decimals))));
  for (let index = 0, run = 1; index < tokens.length; index += run) {
    run = 1;
    while (tokens[index + run] === tokens[index]) run += 1;
    words.push(run === 1 ? `${tokens[index]}` : `${tokens[index]}*${run}`);
  }
  return { decimals, values: words.join(" ") };
}

/** Values as Prometheus writes them; undefined where there was no sample. */
export function decodeCurve({ decimals, values }: Curve): (string | undefined)[] {
  return values.split(" ").flatMap((word) => {
    const match = REPEATED.exec(word);
    if (match === null) throw new Error(`not a captured value: ${word}`);
    const [, token = "_", times = "1"] = match;
    return Array.from({ length: Number(times) }, () => (token === "_" ? undefined : scaled(token, decimals)));
  });
}

// Dividing and multiplying by whole powers of ten keeps every decimal exact; multiplying by 0.001 would not.
function scaled(token: string, decimals: number): string {
  const whole = Number(token);
  return String(decimals >= 0 ? whole / 10 ** decimals : whole * 10 ** -decimals);
}
