-- dossiers that lack a sector, a due date or an appointment's unit, which a procedure registered by
-- now can give
select dossier
from dossiers
where
    dossier > $1
    and short is not null
    and (sector is null or due_at is null or unit_assumed)
    and exists (
        select from catalogue
        where
            catalogue.short = dossiers.short
            and catalogue.kind = 'procedure'
            and (dossiers.sector is null or catalogue.data -> 'limit' <> 'null')
    )
order by dossier
limit $2
