// A projection turns Prometheus's whole reply into the little we show. It is pure and named, so that the same function
// can run here for small replies and in a worker thread for large ones: options and result must survive structuredClone.

/** Prometheus's reply after JSON.parse and a check of its frame. */
export interface Envelope {
  readonly status: "success";
  readonly data: unknown;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
  readonly [key: string]: unknown;
}

export interface Projection<Options, Result> {
  /** Its key in projections/index.ts. */
  readonly name: string;
  /** Throws ToolFailure when the data has not the expected shape (code INVALID_RESPONSE). */
  project(envelope: Envelope, options: Options): Result;
}

/** Names the types of a projection. */
export const projection = <Options, Result>(
  name: string,
  project: (envelope: Envelope, options: Options) => Result,
): Projection<Options, Result> => ({ name, project });
