-- What was done about parked messages, latest first; of one message ($1) or of all.
select id, at, actor, action, why, parked_id, consumer, topic, partition, "offset", key, error,
    reason
from parked_audit
where $1::bigint is null or parked_id = $1
order by id desc
limit $2
