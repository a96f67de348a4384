-- Gives each partition a row for this cluster; what another cluster's offsets said is void.
insert into offsets (consumer, topic, partition, cluster_id, next_offset)
select $1, topic, partition, $2, start
from unnest($3::text[], $4::integer[], $5::bigint[]) as mine (topic, partition, start)
order by topic, partition
on conflict (consumer, topic, partition) do update
set cluster_id = excluded.cluster_id, next_offset = excluded.next_offset, saved_at = now()
where offsets.cluster_id <> excluded.cluster_id
