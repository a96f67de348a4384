-- How many entities are counted as which bundle for each wanted agency and period, over all months,
-- sectors and shards: what fell into the period's months, and the states that last as they stand at
-- its end.
select w.place, t.bundle, sum(t.n)::bigint as n
from unnest($1::integer[], $2::text[], $3::date[], $4::date[])
     as w (place, agency, first_month, last_month)
cross join lateral (
    select sector, bundle, n from tallies
    where agency = w.agency and part in ('month', 'rated')
      and month between w.first_month and w.last_month
    union all
    select sector, bundle, n from tallies
    where agency = w.agency and part = 'lasting' and month <= w.last_month
) as t
where $5::text is null or t.sector = $5
group by w.place, t.bundle
having sum(t.n) <> 0
