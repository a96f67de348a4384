-- $1 after this dossier, $2 at most; filters are null where not asked for: $3 resolving,
-- $4 receiving, $5 procedure (its short part), $6 state, $7 waiting
select *
from (
    select
        dossiers.*,
        case
            when short is null then array['reception']
            when not known and (sector is null or due_at is null or unit_assumed)
                then array['procedure']
            when known and due_at is null then array['limit']
            else '{}'::text[]
        end as waiting_for
    from
        dossiers
        cross join lateral (
            select exists (
                select from catalogue
                where catalogue.short = dossiers.short and catalogue.kind = 'procedure'
            ) as known
        ) as registered
) as found
where
    dossier > $1
    and ($3::text is null or resolving = $3)
    and ($4::text is null or receiving = $4)
    and ($5::text is null or short = $5)
    and ($6::text is null or state = $6)
    and ($7::boolean is null or (waiting_for <> '{}') = $7)
order by dossier
limit $2
