-- Evaluations to look at again, each with the event that moved it.
insert into dirty (agency, month, onward, cause, traceparent)
select * from unnest($1::text[], $2::date[], $3::boolean[], $4::text[], $5::text[])
