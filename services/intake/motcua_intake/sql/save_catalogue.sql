insert into catalogue (kind, id, part, short, data)
select kind, id, part, short, data::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    as new (kind, id, part, short, data)
order by kind, id, part
on conflict (kind, id, part) do update set data = excluded.data
