-- Asks the consumer to apply the messages of a message's key again, from the first one on.
update parked
set retry_by = $2, retry_why = $3
where id = (
    select coalesce(min(first.id), wanted.id)
    from parked as wanted
    left join parked as first on first.consumer = wanted.consumer
        and first.cluster_id = wanted.cluster_id and first.topic = wanted.topic
        and first.key = wanted.key
    where wanted.id = $1
    group by wanted.id
)
returning id
