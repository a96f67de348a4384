-- scoring: counters kept as tallies of bundles, a tenth of the rows; see bundles.py
-- depends: scoring_0001_tables

-- migrate: apply

drop table measures;

drop table places;

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

-- migrate: rollback
