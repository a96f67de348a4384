-- The published events after a pair cursor, on some topics, in the order of publication.
select tx::text as xact, pos, id, type, key, topic, time, recorded_at, data, traceparent
from events
where (tx, pos) > ($1::text::xid8, $2::bigint)
    and tx < pg_snapshot_xmin(pg_current_snapshot())
    and topic = any($3::text[])
order by events.tx, events.pos
limit $4
