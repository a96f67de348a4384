-- listings that lack a sector which a procedure registered by now can give, each once
select distinct id
from catalogue as listing
where
    kind = 'listing'
    and id > $1
    and data ->> 'sector' is null
    and exists (
        select from catalogue as procedure
        where procedure.short = listing.short and procedure.kind = 'procedure'
    )
order by id
limit $2
