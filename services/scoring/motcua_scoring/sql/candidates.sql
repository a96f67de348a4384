-- Entities counted for an agency in a period under one of the tag prefixes ("role:basis:measure:"),
-- in the order of their keys, after a place. Lasting states ($7) count from their month on.
select e.kind, e.id, e.facts
from (
    select distinct p.kind, p.id
    from places p
    where p.agency = $1
        and p.month <= $3 and ($7 or p.month >= $2)
        and ($4::text is null or p.sector = $4)
        and exists (
            select from unnest(p.tags) as tag, unnest($5::text[]) as prefix
            where starts_with(tag, prefix)
        )
        and (p.kind, p.id) > ($8::text, $9::text)
    order by p.kind, p.id
    limit $6
) as place
join entities e using (kind, id)
order by e.kind, e.id
