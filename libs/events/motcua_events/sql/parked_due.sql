-- First messages of their keys that somebody wants applied again, or that wait behind nothing.
select id, topic, partition, key
from parked as head
where consumer = $1 and cluster_id = $2 and (retry_by is not null or error = 'Behind')
    and not exists (
        select from parked as earlier
        where earlier.consumer = head.consumer and earlier.cluster_id = head.cluster_id
            and earlier.topic = head.topic and earlier.key = head.key and earlier.id < head.id
    )
order by id
