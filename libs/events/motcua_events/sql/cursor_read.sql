-- Where the relay stands.
select cluster_id, tx::text as tx, pos, replay_topic, replay_tx::text as replay_tx, replay_pos
from relay_cursor
