// The tables, in words that both databases know, and the ladder that lifts an older file to them.

/** Words that differ between the databases. */
export interface ColumnTypes {
  readonly int: string;
  readonly text: string;
  readonly blob: string;
  /** A primary key that grows and is never used twice. */
  readonly serial: string;
  /** Closes a table. */
  readonly end: string;
}

/** Step i brings version i to version i + 1. A released step is never changed. */
export const MIGRATIONS: readonly ((types: ColumnTypes) => string)[] = [first];

function first({ int, text, blob, serial, end }: ColumnTypes): string {
  return `
create table hub_reports (
  seq ${serial},
  id ${text} not null unique,
  report_key ${text} not null,
  state ${text} not null,
  created_at ${int} not null,
  updated_at ${int} not null,
  state_at ${int} not null,
  due_at ${int} not null,
  attempts ${int} not null,
  namespace ${text} not null,
  target ${text} not null,
  identity ${text},
  fingerprint ${text},
  group_key ${text},
  -- The order in which reports came to be on their way to an issue in their group; counted in hub_counters.
  group_turn ${int},
  category ${text},
  cause ${text},
  analysis ${text},
  draft ${text},
  intent ${text},
  outcome ${text},
  issue ${text},
  comment_id ${int},
  tokens ${int} not null,
  last_error ${text},
  violations ${text} not null,
  is_cancelling ${int} not null,
  lease_owner ${text},
  lease_until ${int}
)${end};
create index hub_reports_key on hub_reports (report_key, created_at);
create index hub_reports_state on hub_reports (state, namespace, seq);
create index hub_reports_ended on hub_reports (state, state_at);
create index hub_reports_group on hub_reports (group_key, group_turn) where group_key is not null;
create index hub_reports_namespace on hub_reports (namespace, created_at);
create index hub_reports_comment on hub_reports (comment_id) where comment_id is not null;
create index hub_reports_cancelling on hub_reports (lease_until) where is_cancelling = 1;
create index hub_reports_fallback on hub_reports (state, outcome, created_at) where analysis = 'fallback';
create index hub_reports_leased on hub_reports (lease_until) where lease_owner is not null;
create table hub_timeline (
  row_id ${serial},
  seq ${int} not null references hub_reports (seq) on delete cascade,
  at ${int} not null,
  state ${text} not null,
  note ${text} not null
)${end};
create index hub_timeline_report on hub_timeline (seq, row_id);
create table hub_evidence (
  seq ${int} primary key references hub_reports (seq) on delete cascade,
  bytes ${int} not null,
  data ${blob} not null
)${end};
create index hub_evidence_size on hub_evidence (seq, bytes);
create table hub_groups (
  owner ${text} not null,
  repo ${text} not null,
  group_key ${text} not null,
  number ${int} not null,
  url ${text} not null,
  report_id ${text} not null,
  first_at ${int} not null,
  last_at ${int} not null,
  occurrences ${int} not null,
  comment_id ${int},
  comment_at ${int},
  primary key (owner, repo, group_key)
)${end};
create table hub_tokens (at ${int} not null, tokens ${int} not null)${end};
create index hub_tokens_at on hub_tokens (at, tokens);
create table hub_counters (name ${text} primary key, value ${int} not null)${end};
insert into hub_counters (name, value) values ('group_turn', 0);
create table hub_probe (at ${int} not null)${end};
`;
}
