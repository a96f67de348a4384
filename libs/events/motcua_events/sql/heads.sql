-- The last version of some streams, and the transaction that wrote it.
select wanted.stream, head.version, head.tx::text as xact
from unnest($1::text[]) as wanted (stream)
cross join lateral (
    select version, tx from events
    where events.stream = wanted.stream
    order by version desc
    limit 1
) as head
