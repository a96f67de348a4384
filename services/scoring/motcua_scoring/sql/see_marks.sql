-- The oldest marks: of those that ask for the same the latest, with the ids of all of them. One round
-- at a time, over all processes: two at once could publish older sums last. While another has its
-- turn there are no marks. Nothing is written yet, for the relay waits for every transaction that
-- has written and is not over.
with turn as materialized (
    select pg_try_advisory_xact_lock(hashtext('motcua scoring publisher')) as ours
)
select max(id) as id, agency, month, onward, (array_agg(cause order by id desc))[1] as cause,
    (array_agg(traceparent order by id desc))[1] as traceparent, array_agg(id) as ids
from (
    select * from dirty where (select ours from turn) order by id limit $1
) as seen
group by agency, month, onward
