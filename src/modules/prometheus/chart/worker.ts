// The drawing thread: takes a request, answers with a PNG or with what went wrong. ECharts and resvg are loaded here only.
import { parentPort } from "node:worker_threads";
import type { ChartRequest } from "./request.ts";
import { chartSvg } from "./svg.ts";
import { createMeasure, toPng } from "./text.ts";

export type Drawing = { readonly png: Uint8Array<ArrayBuffer> } | { readonly problem: string };

parentPort?.on("message", (request: ChartRequest) => {
  const drawing = draw(request);
  parentPort?.postMessage(drawing, "png" in drawing ? [drawing.png.buffer] : []);
});

function draw(request: ChartRequest): Drawing {
  try {
    return { png: toPng(chartSvg(request, createMeasure())) };
  } catch (error) {
    return { problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
