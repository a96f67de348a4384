-- The place in the store after everything that can be read now.
select tx::text as tx, pos
from events
where tx < pg_snapshot_xmin(pg_current_snapshot()) and topic is not null
order by tx desc, pos desc
limit 1
