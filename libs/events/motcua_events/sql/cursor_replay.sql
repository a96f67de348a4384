-- Sends the relay back to the first event, for every topic or for one.
update relay_cursor
set replay_topic = $1::text,
    replay_tx = case when $1::text is null then null else greatest(tx, replay_tx) end,
    replay_pos = case
        when $1::text is null then null
        when replay_tx is null or (tx, pos) > (replay_tx, replay_pos) then pos
        else replay_pos
    end,
    tx = '0', pos = 0, saved_at = now()
