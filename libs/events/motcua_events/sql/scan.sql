-- All events after a pair cursor, in the order of the outbox.
select tx::text as xact, pos, stream, id, type, time, recorded_at, data, traceparent
from events
where (tx, pos) > ($1::text::xid8, $2::bigint)
    and tx < pg_snapshot_xmin(pg_current_snapshot())
order by events.tx, events.pos
limit $3
