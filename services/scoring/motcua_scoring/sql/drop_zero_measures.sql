-- No row holds zero: the same facts give the same rows, whatever happened in between.
delete from measures m
using unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[],
             $7::text[], $8::smallint[])
      as k (agency, basis, month, role, measure, outcome, sector, shard)
where (m.agency, m.basis, m.month, m.role, m.measure, m.outcome, m.sector, m.shard)
    = (k.agency, k.basis, k.month, k.role, k.measure, k.outcome, k.sector, k.shard)
  and m.n = 0
