-- Parked messages in the order of parking, of all consumers or of one ($1), on any topic or one.
select id, consumer, cluster_id, topic, partition, "offset", key, value, header_names,
    header_values, sent_at, error, reason, first_seen, last_seen, attempts, retry_by
from parked
where ($1::text is null or consumer = $1) and ($2::text is null or topic = $2)
    and ($3::bigint is null or id = $3)
order by id
limit $4
