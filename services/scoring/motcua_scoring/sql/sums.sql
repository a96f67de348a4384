-- What is counted for each wanted agency and period, summed over months, sectors and shards: what
-- fell into the period's months, and the states that last as they stand at its end.
select w.place, m.role, m.basis, m.measure, m.outcome, sum(m.n)::bigint as n
from unnest($1::integer[], $2::text[], $3::date[], $4::date[])
     as w (place, agency, first_month, last_month)
cross join lateral (
    select role, basis, measure, outcome, sector, n from measures
    where agency = w.agency and basis in ('settled', 'open')
      and month between w.first_month and w.last_month
    union all
    select role, basis, measure, outcome, sector, n from measures
    where agency = w.agency and basis = 'running' and month <= w.last_month
) as m
where $5::text is null or m.sector = $5
group by w.place, m.role, m.basis, m.measure, m.outcome
having sum(m.n) <> 0
