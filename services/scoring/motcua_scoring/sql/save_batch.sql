-- Everything that a batch changes; returns how many entities were written.
with entity as (  -- only on top of the revision that was read
    insert into entities as e (kind, id, shard, revision, facts, arrivals)
    select * from unnest($1::text[], $2::text[], $3::smallint[], $4::integer[], $5::json[],
                         $6::json[])
    on conflict (kind, id) do update
    set shard = excluded.shard, revision = excluded.revision,
        facts = excluded.facts, arrivals = excluded.arrivals
    where e.revision = excluded.revision - 1
    returning 1
),
line as (  -- what bundles hold; those written down before stay
    insert into bundle_lines (bundle, role, basis, measure, outcome, n)
    select * from unnest($7::bytea[], $8::text[], $9::text[], $10::text[], $11::text[],
                         $12::integer[]) as new (bundle, role, basis, measure, outcome, n)
    where not exists (select from bundle_lines as known where known.bundle = new.bundle)
    on conflict do nothing
),
tally as (  -- adds signed numbers
    insert into tallies as t (agency, part, month, sector, bundle, shard, n)
    select * from unnest($13::text[], $14::text[], $15::date[], $16::text[], $17::bytea[],
                         $18::smallint[], $19::bigint[])
    on conflict (agency, part, month, sector, bundle, shard) do update
    set n = t.n + excluded.n
),
here as (  -- behind whose indices entities stand now
    insert into places (agency, part, month, sector, kind, id, bundle)
    select * from unnest($20::text[], $21::text[], $22::date[], $23::text[], $24::text[],
                         $25::text[], $26::bytea[])
    on conflict (agency, month, kind, id, sector, part) do update set bundle = excluded.bundle
),
gone as (  -- where they stand no more
    delete from places as p
    using unnest($27::text[], $28::text[], $29::date[], $30::text[], $31::text[], $32::text[])
          as k (agency, part, month, sector, kind, id)
    where (p.agency, p.month, p.kind, p.id, p.sector, p.part)
        = (k.agency, k.month, k.kind, k.id, k.sector, k.part)
),
mark as (  -- evaluations to look at again, each with the event that moved it
    insert into dirty (agency, month, onward, cause, traceparent)
    select * from unnest($33::text[], $34::date[], $35::boolean[], $36::text[], $37::text[])
)
select count(*) from entity
