-- The next events to publish after the pair cursor, none of them from a transaction that could
-- still be joined by an older one. While a single topic is being republished ($4), other topics'
-- events up to ($5, $6), which are out already, are left out.
select tx::text as xact, pos, stream, id, type, key, topic, time, recorded_at, data, traceparent
from events
where (tx, pos) > ($1::text::xid8, $2::bigint)
    and tx < pg_snapshot_xmin(pg_current_snapshot())
    and topic is not null
    and ($4::text is null or topic = $4 or (tx, pos) > ($5::text::xid8, $6::bigint))
order by events.tx, events.pos
limit $3
