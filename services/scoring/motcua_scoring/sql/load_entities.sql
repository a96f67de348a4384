-- The touched entities, locked in the order of their keys.
select e.kind, e.id, e.shard, e.revision, e.facts, e.arrivals
from entities e
join unnest($1::text[], $2::text[]) as wanted (kind, id) using (kind, id)
order by e.kind, e.id
for update of e
