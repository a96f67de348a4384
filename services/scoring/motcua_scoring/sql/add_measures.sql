-- Adds signed numbers to what is counted.
insert into measures as m (agency, basis, month, role, measure, outcome, sector, shard, n)
select * from unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::smallint[], $9::bigint[])
on conflict (agency, basis, month, role, measure, outcome, sector, shard) do update
set n = m.n + excluded.n
