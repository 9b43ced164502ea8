// A chart as SVG by ECharts in its server mode, from its single-file build: that loads in 0.1 s instead of 1.2 s.
import { init } from "echarts/dist/echarts.esm.min.mjs";
import { chartOption } from "./option.ts";
import type { ChartRequest } from "./request.ts";
import type { Measure } from "./text.ts";

/** The SVG of `request`, `request.width` by `request.height` pixels. */
export function chartSvg(request: ChartRequest, measure: Measure): string {
  const { width, height } = request;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(chartOption(request, measure));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
