-- Where entities are counted no more.
delete from places p
using unnest($1::text[], $2::date[], $3::text[], $4::text[]) as k (agency, month, kind, id)
where (p.agency, p.month, p.kind, p.id) = (k.agency, k.month, k.kind, k.id)
