-- The first parked message of each key, and each without a key, in the order of parking.
select id, topic, partition, key, error, header_names, header_values, value
from parked as head
where consumer = $1 and cluster_id = $2 and not exists (
    select from parked as earlier
    where earlier.consumer = head.consumer and earlier.cluster_id = head.cluster_id
        and earlier.topic = head.topic and earlier.key = head.key and earlier.id < head.id
)
order by id
