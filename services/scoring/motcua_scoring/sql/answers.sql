-- Ratings of a period by scale and answer ("scale answer"), of one agency or all.
select l.outcome, sum(t.n * l.n)::bigint as n, count(distinct t.agency) as agencies
from tallies t
join bundle_lines l using (bundle)
where t.part = 'rated'
    and t.month between $1::date and $2::date
    and ($3::text is null or t.agency = $3)
    and ($4::text is null or t.sector = $4)
group by l.outcome
order by l.outcome
