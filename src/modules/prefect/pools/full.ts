// When a limit of slots lets nothing more through: one reading, for pools, queues, deployments, tags and named limits.

export interface Slots {
  readonly limit: number | undefined;
  /** Undefined where Prefect does not tell it. Slots that decay come in fractions. */
  readonly active_slots?: number | undefined;
  readonly active?: boolean | undefined;
}

/** What is switched off holds nobody back, what is limited to 0 everybody. */
export const isFull = ({ limit, active_slots: taken = 0, active = true }: Slots): boolean =>
  active && limit !== undefined && taken >= limit;

/** `2 of 2 slots are taken`. */
export const howFull = ({ limit = 0, active_slots: taken = 0 }: Slots): string =>
  limit === 0 ? "its limit is 0, so nothing gets through" : `${Math.floor(taken)} of ${limit} slots are taken`;
