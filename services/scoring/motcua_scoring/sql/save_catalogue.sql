-- The latest data of registered things.
insert into catalogue (kind, id, agency, data)
select * from unnest($1::text[], $2::text[], $3::text[], $4::json[])
on conflict (kind, id) do update set agency = excluded.agency, data = excluded.data
