-- Adds signed numbers to what is counted.
insert into tallies as t (agency, part, month, sector, bundle, shard, n)
select * from unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::bytea[], $6::smallint[],
                     $7::bigint[])
on conflict (agency, part, month, sector, bundle, shard) do update
set n = t.n + excluded.n
