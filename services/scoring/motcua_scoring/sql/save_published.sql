-- Notes what is published now.
insert into published (agency, period, last_month, revision, fingerprint, published_at)
select * from unnest($1::text[], $2::text[], $3::date[], $4::integer[], $5::text[],
                     $6::timestamptz[])
on conflict (agency, period) do update
set revision = excluded.revision, fingerprint = excluded.fingerprint,
    published_at = excluded.published_at
