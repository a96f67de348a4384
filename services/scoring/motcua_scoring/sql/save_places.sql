-- Behind whose indices entities stand now.
insert into places (agency, part, month, sector, kind, id, bundle)
select * from unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[],
                     $7::bytea[])
on conflict (agency, month, kind, id, sector, part) do update set bundle = excluded.bundle
