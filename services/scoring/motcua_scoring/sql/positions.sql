-- How far each stream has been read, over all partitions and processes.
select topic as stream, sum(next_offset)::bigint as position,
       max(saved_at) filter (where next_offset > 0) as moved_at
from offsets
where consumer = $1
group by topic
order by topic
