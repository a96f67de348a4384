-- scoring: entities and their facts, tallies of bundles, places, dirty marks, what was published
-- depends:

-- migrate: apply

-- Codes and words are compared byte by byte (collation C): faster, and the same everywhere.

-- One row per entity. The facts are the fold of its events, in canonical JSON; "revision" counts
-- the writes and guards them. "arrivals" maps an event id to [sent, applied] in microseconds since
-- 1970 and is no part of the facts. "shard" is the partition that the entity was counted under.
create table entities (
    kind     text collate "C" not null,
    id       text collate "C" not null,
    shard    smallint not null,
    revision integer  not null,
    facts    json     not null,
    arrivals json     not null,
    primary key (kind, id)
);

-- What bundles hold. The id is a digest of the lines, so every process gives the same one; a bundle
-- is written down once and stays.
create table bundle_lines (
    bundle  bytea   not null,
    role    text collate "C" not null,
    basis   text collate "C" not null,
    measure text collate "C" not null,
    outcome text collate "C" not null,
    n       integer not null,
    primary key (bundle, role, basis, measure, outcome)
);

-- How many entities are counted as which bundle. Rows are kept per shard, so that no two projectors
-- meet in one row; readers sum over shards. No row holds zero.
create table tallies (
    agency text collate "C" not null,
    part   text collate "C" not null,
    month  date     not null,
    sector text collate "C" not null,
    bundle bytea    not null,
    shard  smallint not null,
    n      bigint   not null,
    primary key (agency, part, month, sector, bundle, shard)
) with (fillfactor = 80);

create index tallies_by_month on tallies (month, agency);

-- The counters themselves, per shard.
create view measures as
select t.agency, l.basis, t.month, l.role, l.measure, l.outcome, t.sector, t.shard,
       sum(t.n * l.n)::bigint as n
from tallies t
join bundle_lines l using (bundle)
group by t.agency, l.basis, t.month, l.role, l.measure, l.outcome, t.sector, t.shard
having sum(t.n * l.n) <> 0;

-- Which entities stand behind an agency's indices in a month, and as which bundle.
create table places (
    agency text collate "C" not null,
    month  date   not null,
    kind   text collate "C" not null,
    id     text collate "C" not null,
    sector text collate "C" not null,
    part   text collate "C" not null,
    bundle bytea  not null,
    primary key (agency, month, kind, id, sector, part)
);

-- What the catalogue says now of an agency, procedure, scale or assessment: the latest event's data.
create table catalogue (
    kind   text collate "C" not null,
    id     text collate "C" not null,
    agency text collate "C",
    data   json not null,
    primary key (kind, id)
);

create index catalogue_by_agency on catalogue (agency, kind) where agency is not null;

-- Evaluations to look at again: the month's, or every one from the month on. Only ever inserted and
-- taken away whole, so projectors never wait for each other or for the publisher.
create table dirty (
    id          bigint      generated always as identity primary key,
    agency      text collate "C" not null,
    month       date        not null,
    onward      boolean     not null,
    cause       text        not null,
    traceparent text,
    marked_at   timestamptz not null default clock_timestamp()
);

-- The latest published evaluation of each agency and period.
create table published (
    agency       text collate "C" not null,
    period       text collate "C" not null,
    last_month   date        not null,
    revision     integer     not null,
    fingerprint  text        not null,
    published_at timestamptz not null,
    primary key (agency, period)
);

-- By which version of the code everything is counted: see recount.py. Projectors hold it shared.
create table counting (
    only_row boolean primary key default true check (only_row),
    version  text    not null
);

insert into counting (version) values ('');

-- migrate: rollback
