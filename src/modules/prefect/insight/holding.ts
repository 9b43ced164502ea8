// Who holds slots, in words: since when, and whether that can be right.
import type { Holder } from "../pools/holders.ts";
import { spoken } from "../times.ts";

/** What takes longer between its claim by a worker and its start may be dead. */
export const ZOMBIE_PENDING_S = 600;
const ZOMBIE_RUNNING_S = 6 * 3_600;

/** `isOrphaned`: the pool has no ONLINE worker, or the run that a task run belongs to has ended. */
export function heldBy(holders: readonly Holder[], isOrphaned: (holder: Holder) => boolean): string {
  if (holders.length === 0) return "";
  return `; held by ${holders.map((one) => holding(one, isOrphaned(one))).join(", ")}`;
}

function holding({ name, id, state, time_in_state_s: age = 0 }: Holder, isOrphaned: boolean): string {
  const isPending = /pending/i.test(state);
  const isZombie = isOrphaned || age > (isPending ? ZOMBIE_PENDING_S : ZOMBIE_RUNNING_S);
  const note = isPending ? ", PENDING never becomes Late" : "";
  return `${name} (${id}) ${state} for ${spoken(age)}${note}${isZombie ? ", perhaps a zombie" : ""}`;
}
