-- The fence: moves each offset only from where this consumer believes it to be.
update offsets
set next_offset = mine.next, saved_at = now()
from unnest($3::text[], $4::integer[], $5::bigint[], $6::bigint[])
    as mine (topic, partition, expected, next)
where offsets.consumer = $1 and offsets.cluster_id = $2
    and offsets.topic = mine.topic and offsets.partition = mine.partition
    and offsets.next_offset = mine.expected
