-- The events of some streams, each stream in the order of its versions.
select stream, id, type, time, recorded_at, data, traceparent, tx::text as xact
from events
where stream = any($1::text[])
order by stream, version
