-- Notes in the audit trail what is about to be done with a parked message, or how it went.
insert into parked_audit (actor, action, why, parked_id, consumer, cluster_id, topic, partition,
                          "offset", key, value, header_names, header_values, sent_at, error, reason)
select $2, $3, $4, id, consumer, cluster_id, topic, partition,
    "offset", key, null, '{}', '{}', sent_at, error, reason
from parked
where id = any($1::bigint[])
order by id
