-- Takes messages away from the parked ones; the audit trail keeps them and says who, how and why.
with gone as (
    delete from parked where id = any($1::bigint[]) returning *
)
insert into parked_audit (actor, action, why, parked_id, consumer, cluster_id, topic, partition,
                          "offset", key, value, header_names, header_values, sent_at, error, reason)
select $2, $3, $4, id, consumer, cluster_id, topic, partition,
    "offset", key, value, header_names, header_values, sent_at, error, reason
from gone
order by id
