-- Entities counted for an agency in a period in one of the ways asked for ($5 to $7: role, basis and
-- measure), in the order of their keys, after a place. Lasting states ($9) count from their month on.
with asked as (
    select distinct l.bundle
    from bundle_lines l
    join unnest($5::text[], $6::text[], $7::text[]) as way (role, basis, measure)
        using (role, basis, measure)
)
select e.kind, e.id, e.facts
from (
    select distinct p.kind, p.id
    from places p
    join asked using (bundle)
    where p.agency = $1
        and p.month <= $3 and ($9 or p.month >= $2)
        and ($4::text is null or p.sector = $4)
        and (p.kind, p.id) > ($10::text, $11::text)
    order by p.kind, p.id
    limit $8
) as place
join entities e using (kind, id)
order by e.kind, e.id
