-- Writes only on top of the revision that was read; the caller compares the number of rows.
insert into entities as e (kind, id, shard, revision, facts, arrivals)
select * from unnest($1::text[], $2::text[], $3::smallint[], $4::integer[], $5::json[], $6::json[])
on conflict (kind, id) do update
set shard = excluded.shard, revision = excluded.revision,
    facts = excluded.facts, arrivals = excluded.arrivals
where e.revision = excluded.revision - 1
