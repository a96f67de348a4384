-- The stored offsets of a consumer on a cluster.
select topic, partition, next_offset from offsets where consumer = $1 and cluster_id = $2
