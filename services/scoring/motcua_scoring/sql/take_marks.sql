-- Takes the oldest marks away; they come back if the round is rolled back.
delete from dirty
where id in (select id from dirty order by id limit $1)
returning id, agency, month, onward, cause, traceparent
