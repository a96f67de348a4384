-- Reading another cluster starts from its beginning: what was parked of the last one comes again.
with gone as (
    delete from parked where consumer = $1 and cluster_id <> $2 returning *
)
insert into parked_audit (actor, action, why, parked_id, consumer, cluster_id, topic, partition,
                          "offset", key, value, header_names, header_values, sent_at, error, reason)
select 'consumer ' || $1, 'superseded', 'all is read again from cluster ' || $2, id, consumer,
    cluster_id, topic, partition, "offset", key, value, header_names, header_values, sent_at,
    error, reason
from gone
order by id
