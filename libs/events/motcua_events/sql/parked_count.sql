-- How many messages of a consumer are parked.
select count(*) from parked where consumer = $1 and cluster_id = $2
