-- No row holds zero: the same facts give the same rows, whatever happened in between.
delete from tallies t
using unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::bytea[], $6::smallint[])
      as k (agency, part, month, sector, bundle, shard)
where (t.agency, t.part, t.month, t.sector, t.bundle, t.shard)
    = (k.agency, k.part, k.month, k.sector, k.bundle, k.shard)
  and t.n = 0
