// The rules of the demo's Prometheus. At the start two alerts fire, one is pending, and the incident's own is quiet again.
import { ERROR_RATE } from "./questions.ts";

export const RULE_GROUPS = [
  {
    name: "shop",
    rules: [
      {
        alert: "HighErrorRate",
        expr: `${ERROR_RATE} > 0.05`,
        for: "1m",
        labels: { severity: "page" },
        annotations: { summary: "{{ $labels.service }} fails {{ $value | humanizePercentage }} of its requests" },
      },
      {
        alert: "MemoryNearLimit",
        expr: "process_resident_memory_bytes / pod_memory_limit_bytes > 0.6",
        for: "6h",
        labels: { severity: "ticket" },
        annotations: { summary: "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory" },
      },
      {
        alert: "QueueBacklog",
        expr: "queue_depth > 1000",
        for: "15s",
        labels: { severity: "ticket" },
        annotations: { summary: "{{ $value | humanize }} jobs wait in the queue {{ $labels.queue }}" },
      },
    ],
  },
  {
    name: "targets",
    rules: [
      {
        alert: "TargetDown",
        expr: "up == 0",
        for: "15s",
        labels: { severity: "page" },
        annotations: { summary: "{{ $labels.instance }} of {{ $labels.job }} has not answered its last scrapes" },
      },
    ],
  },
  {
    name: "recorded",
    rules: [{ record: "service:http_requests:rate5m", expr: "sum by (service) (rate(http_requests_total[5m]))" }],
  },
];
