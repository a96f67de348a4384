-- The version by which everything is counted, to stay the same until the transaction ends, on every
-- row; and the touched entities that are stored, none on a row of nulls. Its commit does not wait for
-- the disk: counts and offsets that a crash of the server takes back are read from Kafka again, and
-- what is published waits for the disk, hence for all that was counted before it.
select c.version, e.kind, e.id, e.shard, e.revision, e.facts, e.arrivals
from (
    select version, set_config('synchronous_commit', 'off', true) from counting for share
) as c
left join (
    select kind, id, shard, revision, facts, arrivals
    from entities
    join unnest($1::text[], $2::text[]) as wanted (kind, id) using (kind, id)
) as e on true
