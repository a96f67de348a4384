-- Where entities stand no more.
delete from places p
using unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[])
      as k (agency, part, month, sector, kind, id)
where (p.agency, p.month, p.kind, p.id, p.sector, p.part)
    = (k.agency, k.month, k.kind, k.id, k.sector, k.part)
