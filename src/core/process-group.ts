// Ends whole process groups: a command's own children go with it, those that left for a session of their own stay.
import { kill } from "node:process";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 25;

/** False when nobody is left in the group. */
export function signalGroup(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    return kill(-pid, signal);
  } catch {
    return false;
  }
}

export function killProcess(pid: number): void {
  try {
    kill(pid, "SIGKILL");
  } catch {
    // It has gone by itself.
  }
}

/** TERM, then KILL for whoever is still there after the grace. */
export async function endGroup(pid: number, graceMs: number): Promise<void> {
  signalGroup(pid, "SIGTERM");
  for (let waited = 0; waited < graceMs && signalGroup(pid, 0); waited += POLL_MS) await delay(POLL_MS);
  signalGroup(pid, "SIGKILL");
}
