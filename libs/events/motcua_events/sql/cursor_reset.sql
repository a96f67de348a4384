-- Starts from the first event, for a cluster that has none of them.
insert into relay_cursor (cluster_id, tx, pos) values ($1, '0', 0)
on conflict (only_row) do update
set cluster_id = excluded.cluster_id, tx = excluded.tx, pos = excluded.pos,
    replay_topic = null, replay_tx = null, replay_pos = null, saved_at = now()
