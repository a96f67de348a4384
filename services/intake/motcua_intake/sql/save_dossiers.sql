insert into dossiers (
    dossier, state, procedure, short, sector, receiving, resolving, channel, received_at, due_at,
    unit_assumed
)
select *
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::timestamptz[], $10::timestamptz[], $11::boolean[]
) as new (
    dossier, state, procedure, short, sector, receiving, resolving, channel, received_at, due_at,
    unit_assumed
)
order by dossier
on conflict (dossier) do update
set
    state = excluded.state, procedure = excluded.procedure, short = excluded.short,
    sector = excluded.sector, receiving = excluded.receiving, resolving = excluded.resolving,
    channel = excluded.channel, received_at = excluded.received_at, due_at = excluded.due_at,
    unit_assumed = excluded.unit_assumed
