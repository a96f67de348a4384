-- For each evaluation and instant asked for, the first change published at or after it.
select w.place, e.version as revision, e.id, e.recorded_at, e.traceparent,
       e.data ->> 'cause' as cause
from unnest($1::integer[], $2::text[], $3::timestamptz[]) as w (place, stream, since)
cross join lateral (
    select version, id, recorded_at, traceparent, data
    from events
    where stream = w.stream and recorded_at >= w.since
    order by version
    limit 1
) as e
