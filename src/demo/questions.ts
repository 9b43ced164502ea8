// The questions the demo suggests, as a person would ask them and as the hub's tools take them. Both the real Prometheus of the demo and
// the stand-in know every query in here.

export interface Question {
  readonly question: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, string | readonly (string | number)[]>>;
}

export const ERROR_RATE =
  'sum by (service) (rate(http_requests_total{status=~"5.."}[5m])) / sum by (service) (rate(http_requests_total[5m]))';
export const DURATIONS = "http_request_duration_seconds";
export const P99 = `histogram_quantile(0.99, sum by (le, service) (rate(${DURATIONS}_bucket[5m])))`;
export const MEMORY = 'max by (pod) (process_resident_memory_bytes{job="shop"})';

export const QUESTIONS: readonly Question[] = [
  { question: "What is firing right now?", tool: "list_alerts", arguments: { state: "firing" } },
  {
    question: "How did the error rate of each service develop over the last day?",
    tool: "render_chart",
    arguments: { promql: ERROR_RATE, start: "now-1d", step: "5m", title: "Error rate by service", unit: "percentunit" },
  },
  {
    question: "How slow are the slowest requests of each service, and when was it worst?",
    tool: "query_range",
    arguments: { promql: P99, start: "now-1d" },
  },
  {
    question: "How are the durations of checkout's requests spread over the last day?",
    tool: "query_histogram",
    arguments: {
      metric_name: DURATIONS,
      matchers: 'service="checkout"',
      quantiles: [0.5, 0.99],
      window: "5m",
      start: "now-1d",
    },
  },
  { question: "Which pods use the most memory?", tool: "query_instant", arguments: { promql: MEMORY } },
  {
    question: "Which pod ran out of memory yesterday?",
    tool: "query_range",
    arguments: { promql: MEMORY, start: "now-1d" },
  },
  { question: "Which targets are down?", tool: "query_instant", arguments: { promql: "up == 0" } },
];
