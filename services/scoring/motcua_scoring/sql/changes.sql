-- What was published of one evaluation, the latest first, before a revision.
select version as revision, id, recorded_at, data, traceparent
from events
where stream = $1 and version < $2
order by version desc
limit $3
