-- the event store, the relay's cursor, consumer offsets and parked messages
-- depends:

-- migrate: apply

create table events (
    tx xid8 not null default pg_current_xact_id(),
    pos bigint generated always as identity,
    stream text not null,
    version integer not null check (version > 0),
    id text not null constraint events_id unique,
    type text not null,
    key text not null,
    topic text,
    time timestamptz not null,
    recorded_at timestamptz not null,
    data json not null,
    traceparent text,
    constraint events_version primary key (stream, version)
);

create index events_outbox on events (tx, pos) where topic is not null;

create table relay_cursor (
    only_row boolean primary key default true check (only_row),
    cluster_id text not null,
    tx xid8 not null,
    pos bigint not null,
    replay_topic text,
    replay_tx xid8,
    replay_pos bigint,
    saved_at timestamptz not null default now()
);

create table offsets (
    consumer text not null,
    topic text not null,
    partition integer not null,
    cluster_id text not null,
    next_offset bigint not null check (next_offset >= 0),
    saved_at timestamptz not null default now(),
    primary key (consumer, topic, partition)
);

create table parked (
    consumer text not null,
    cluster_id text not null,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    key bytea,
    value bytea,
    header_names text[] not null,
    header_values bytea[] not null,
    sent_at timestamptz not null,
    error text not null,
    reason text not null,
    first_seen timestamptz not null default now(),
    last_seen timestamptz not null default now(),
    primary key (consumer, cluster_id, topic, partition, "offset")
);

-- migrate: rollback

drop table parked;

drop table offsets;

drop table relay_cursor;

drop table events;
