-- The parked messages of one key ($4), or the one without a key ($5), in order, to be applied.
select id, topic, partition, "offset", key, value, header_names, header_values, sent_at, error,
    reason, retry_by, retry_why
from parked
where consumer = $1 and cluster_id = $2 and topic = $3 and (key = $4 or key is null and id = $5)
order by id
limit $6
for update
