-- Keeps a message that cannot be applied; seen again, only its last_seen moves.
insert into parked (consumer, cluster_id, topic, partition, "offset", key, value,
                    header_names, header_values, sent_at, error, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (consumer, cluster_id, topic, partition, "offset") do update
set last_seen = now(), error = excluded.error, reason = excluded.reason
