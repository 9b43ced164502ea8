// One call through a zygote's socket: the request, its output, its end. Hanging up our half stops the program.
import { constants } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { signalGroup } from "../../../core/process-group.ts";
import { z } from "zod";
import type { Call, End } from "./calls.ts";
import { ask, Unreachable } from "./frames.ts";

/** Beyond the grace, for a helper that does not answer. */
const PATIENCE_MS = 3000;

const endShape = z.object({ code: z.int().optional(), signal: z.int().optional() });

/** Throws Unreachable when nothing was started. */
export async function callZygote(call: Call, path: string): Promise<End> {
  const { exec, argv, env, cwd, killGraceMs, merge = false } = call.request;
  let isStarted = false;
  let group: number | undefined;
  let end: End | undefined;
  const request = { exec, argv, env, cwd, merge, grace: killGraceMs / 1000 };
  const { socket, closed } = await ask(path, request, (kind, payload) => {
    if (kind === "O") call.capture.write("stdout", payload);
    else if (kind === "E") call.capture.write("stderr", payload);
    else if (kind === "S") isStarted = true;
    else if (kind === "P") group = Number(payload.toString());
    else if (kind === "F") end = { exitCode: null, signal: null, error: payload.toString() };
    else if (kind === "X") {
      end = readEnd(payload);
      call.settle();
    }
  });
  const patience = new AbortController();
  call.onStop(() => {
    socket.end();
    delay(killGraceMs + PATIENCE_MS, undefined, { signal: patience.signal }).then(
      () => socket.destroy(),
      () => {},
    );
  });
  await closed;
  patience.abort();
  if (end !== undefined) return end;
  if (!isStarted) throw new Unreachable("the zygote hung up before it started anything");
  if (group !== undefined) signalGroup(group, "SIGKILL");
  return {
    exitCode: null,
    signal: null,
    error: "the helper that watched over the program died, so the program was ended",
  };
}

function readEnd(payload: Buffer): End {
  const { code, signal } = endShape.parse(JSON.parse(payload.toString()));
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return { exitCode: code ?? null, signal: signal === undefined ? null : (name ?? `signal ${signal}`) };
}
