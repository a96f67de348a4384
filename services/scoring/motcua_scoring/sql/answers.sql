-- Ratings of a period by scale and answer ("scale answer"), of one agency or all.
select outcome, sum(n)::bigint as n, count(distinct agency) as agencies
from measures
where basis = 'settled' and role = 'rated' and measure = 'rating'
    and month between $1::date and $2::date
    and ($3::text is null or agency = $3)
    and ($4::text is null or sector = $4)
group by outcome
order by outcome
