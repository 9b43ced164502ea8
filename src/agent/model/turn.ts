// One turn of the model as it is traced and counted, in the words of the conventions for generative AI:
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#inference
import { Counter, Histogram, type Registry } from "prom-client";
import { z } from "zod";
import type { Trail } from "../../core/trail.ts";
import { serverOf } from "../../core/watch.ts";
import { ModelFailure } from "./failure.ts";
import { readReply, type ModelReply } from "./reply.ts";

/** What the model's server answered: the completion as JSON, and the headers around it. */
export interface RawTurn {
  readonly body: unknown;
  readonly headers: Headers;
}

export interface Turns {
  /** @throws what `ask` throws, and ModelFailure for what is no completion */
  take(model: string, baseUrl: string, ask: () => Promise<RawTurn>): Promise<ModelReply>;
}

const DURATION_BUCKETS_S = [0.1, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90, 120];
/** LiteLLM tells what a call cost, in US dollars. */
const COST_HEADER = "x-litellm-response-cost";
/** One choice is asked for; whoever sends a thousand is not listened to. */
const MAX_REASONS = 4;

const said = z.looseObject({
  id: z.string().max(200).optional().catch(undefined),
  model: z.string().max(200).optional().catch(undefined),
  choices: z
    .array(z.looseObject({ finish_reason: z.string().max(40).nullish().catch(undefined) }))
    .catch([])
    .default([]),
});

export function createTurns(register: Registry, trail: Trail): Turns {
  const meters = createMeters(register);
  return {
    take: (model, baseUrl, ask) => {
      const stop = meters.durations.startTimer({ model });
      const attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai", // the protocol; who is behind it only the server knows
        "gen_ai.request.model": model,
        ...serverOf(new URL(baseUrl)),
      };
      return trail.span({ name: `chat ${model}`, kind: "client", attributes }, async (span) => {
        let outcome = "failed";
        try {
          const { body, headers } = await ask();
          const reply = readReply(body);
          span.set(replyAttributes(body, reply));
          meters.spent(model, reply, Number(headers.get(COST_HEADER)));
          outcome = "ok";
          return reply;
        } catch (error) {
          if (error instanceof ModelFailure) span.fail(error.type);
          throw error;
        } finally {
          stop();
          meters.requests.inc({ model, outcome });
        }
      });
    },
  };
}

function createMeters(register: Registry) {
  const registers = [register];
  const tokens = new Counter({
    name: "ops_hub_model_tokens_total",
    help: "Tokens that the model's server counted, by type: input or output.",
    labelNames: ["model", "type"],
    registers,
  });
  const cost = new Counter({
    name: "ops_hub_model_cost_usd_total",
    help: "What the model's server said its answers cost, in US dollars (LiteLLM does).",
    labelNames: ["model"],
    registers,
  });
  return {
    requests: new Counter({
      name: "ops_hub_model_requests_total",
      help: "Questions to the model: ok, or failed.",
      labelNames: ["model", "outcome"],
      registers,
    }),
    durations: new Histogram({
      name: "ops_hub_model_request_duration_seconds",
      help: "How long the model took for one answer.",
      labelNames: ["model"],
      buckets: DURATION_BUCKETS_S,
      registers,
    }),
    spent(model: string, { usage }: ModelReply, usd: number): void {
      tokens.inc({ model, type: "input" }, usage?.input ?? 0);
      tokens.inc({ model, type: "output" }, usage?.output ?? 0);
      cost.inc({ model }, Number.isFinite(usd) && usd > 0 ? usd : 0);
    },
  };
}

/** Nothing of what was asked or answered: that is for the report, not for a trace. */
function replyAttributes(body: unknown, { usage }: ModelReply) {
  const { id, model, choices } = said.catch({ choices: [] }).parse(body);
  const reasons = choices.flatMap(({ finish_reason: reason }) => (typeof reason === "string" ? [reason] : []));
  return {
    "gen_ai.response.id": id,
    "gen_ai.response.model": model,
    "gen_ai.response.finish_reasons": reasons.length === 0 ? undefined : reasons.slice(0, MAX_REASONS),
    "gen_ai.usage.input_tokens": usage?.input,
    "gen_ai.usage.output_tokens": usage?.output,
  };
}
