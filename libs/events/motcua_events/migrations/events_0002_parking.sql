-- parked messages in order, orders to apply them again, and who did what about them
-- depends: events_0001_store

-- migrate: apply

-- "id" is the order of parking: per key the order of the partition. "retry_by" and "retry_why" on
-- the first message of a key ask the consumer to apply that key's messages again.
alter table parked
    add column id bigint generated always as identity,
    add column attempts integer not null default 0,
    add column retry_by text,
    add column retry_why text;

create unique index parked_id on parked (id);

create index parked_chain on parked (consumer, cluster_id, topic, key, id);

create index parked_due on parked (consumer, cluster_id, id)
    where retry_by is not null or error = 'Behind';

-- Never changed, only added to. What left "parked" without being applied keeps its content here.
create table parked_audit (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    actor text not null,
    action text not null
        check (action in ('retry', 'applied', 'failed', 'discarded', 'superseded')),
    why text not null,
    parked_id bigint not null,
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
    reason text not null
);

create index parked_audit_by_message on parked_audit (parked_id, id);

-- migrate: rollback

drop table parked_audit;

drop index parked_due, parked_chain, parked_id;

alter table parked
    drop column id, drop column attempts, drop column retry_by, drop column retry_why;
