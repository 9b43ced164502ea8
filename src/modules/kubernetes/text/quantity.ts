// Kubernetes quantities as numbers: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Cores or bytes; 0 for what is no quantity. */
export function quantity(text: string): number {
  const [, digits = "", suffix = ""] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  return (Number(digits) || 0) * (SUFFIXES[suffix] ?? 0);
}

/** As kubectl top prints them: `120m`. */
export const cores = (value: number): string => `${Math.round(value * 1_000)}m`;

/** As kubectl top prints them: `64Mi`. */
export const mebibytes = (value: number): string => `${Math.round(value / 2 ** 20)}Mi`;
