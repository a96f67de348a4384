-- what the services share: idempotency keys, timers, loads, calendar facts
-- depends:

-- migrate: apply

create table idempotency_keys (
    key text primary key,
    fingerprint bytea not null,
    status integer not null,
    body bytea not null,
    stored_at timestamptz not null default now()
);

create index idempotency_keys_age on idempotency_keys (stored_at);

create table timers (
    stream text not null,
    subject text not null,
    late_after timestamptz not null,
    fires_at timestamptz not null,
    held boolean not null,
    primary key (stream, subject)
);

create index timers_due on timers (fires_at) where not held;

create index timers_held on timers (fires_at) where held;

create table loads (
    id text primary key,
    opened_at timestamptz not null default now(),
    until timestamptz not null
);

create table calendar_facts (
    kind text not null check (kind in ('agency', 'calendar', 'day')),
    id text not null,
    time timestamptz not null,
    event_id text not null,
    data json not null,
    primary key (kind, id)
);

-- migrate: rollback

drop table calendar_facts;

drop table loads;

drop table timers;

drop table idempotency_keys;
