// What an automation is made of, in short: enough to read one or to write one down. It is the same on Cloud and self-hosted.

export const AUTOMATION = {
  object_type: "automation",
  fields: {
    name: "text, required",
    description: 'text, default ""',
    enabled: "boolean, default true",
    tags: "list of texts",
    trigger: "one trigger, required",
    actions: "list of actions, required: done when the trigger fires",
    actions_on_trigger: "list of actions: done when it begins to hold",
    actions_on_resolve: "list of actions: done when it holds no more (metric triggers)",
  },
  triggers: {
    event: {
      posture: "Reactive: fires when threshold events came within the time; Proactive: when they did not",
      expect: 'list of event names, * at the end allowed, for example ["prefect.flow-run.Failed"]; empty: any event',
      after: "list of event names: only events after one of them count",
      match: 'labels of the resource, * at the end allowed, for example {"prefect.resource.id": "prefect.flow-run.*"}',
      match_related:
        'labels of a related resource, for example {"prefect.resource.role": "flow", "prefect.resource.name": "etl"}',
      for_each: 'labels to count by, for example ["prefect.resource.id"]',
      threshold: "number of events, default 1",
      within: "seconds, default 0; at least 10 for Proactive; threshold > 1 needs it",
    },
    compound: {
      triggers: "list of triggers",
      require: '"any", "all", or how many of them must fire',
      within: "seconds, or null for any time",
    },
    sequence: { triggers: "list of triggers that must fire in this order", within: "seconds, or null for any time" },
    metric: {
      posture: "Metric; Prefect Cloud only",
      metric:
        '{"name": "lateness" | "duration" | "successes", "threshold": number, "operator": "<" | "<=" | ">" | ">=", "range": seconds >= 300, "firing_for": seconds >= 300}',
      match: "as for event",
      match_related: "as for event",
    },
  },
  actions: {
    "do-nothing": "{}",
    "run-deployment": "source: selected | inferred, deployment_id, parameters, job_variables",
    "pause-deployment": "source, deployment_id",
    "resume-deployment": "source, deployment_id",
    "cancel-flow-run": "{}: the run of the event",
    "delete-flow-run": "{}",
    "suspend-flow-run": "{}",
    "resume-flow-run": "{}",
    "change-flow-run-state": "state: type, name, message",
    "pause-work-queue": "source, work_queue_id",
    "resume-work-queue": "source, work_queue_id",
    "pause-work-pool": "source, work_pool_id",
    "resume-work-pool": "source, work_pool_id",
    "pause-automation": "source, automation_id",
    "resume-automation": "source, automation_id",
    "send-notification": "block_document_id, subject, body (Jinja templates)",
    "call-webhook": "block_document_id, payload (Jinja template)",
  },
  notes: [
    'every trigger and action has its kind in type, for example {"type": "run-deployment", ...}',
    "source inferred takes what the event is about; then no id is given",
  ],
};
