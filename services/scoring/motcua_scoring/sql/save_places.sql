-- Where entities are counted now.
insert into places (agency, month, kind, id, sector, tags)
select agency, month, kind, id, sector, string_to_array(tags, chr(31))
from unnest($1::text[], $2::date[], $3::text[], $4::text[], $5::text[], $6::text[])
     as p (agency, month, kind, id, sector, tags)
on conflict (agency, month, kind, id) do update
set sector = excluded.sector, tags = excluded.tags
