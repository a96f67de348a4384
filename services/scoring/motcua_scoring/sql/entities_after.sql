-- A page of all entities, in the order of their keys.
select kind, id, shard, revision, facts, arrivals
from entities
where (kind, id) > ($1::text, $2::text)
order by kind, id
limit $3
