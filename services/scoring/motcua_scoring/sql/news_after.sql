-- Published changes after a place in the store, none of them from a transaction that could still be
-- joined by an older one.
select tx::text as tx, pos, id, recorded_at, data, traceparent
from events
where (tx, pos) > ($1::text::xid8, $2::bigint)
    and tx < pg_snapshot_xmin(pg_current_snapshot())
    and topic is not null
order by tx, pos
limit $3
