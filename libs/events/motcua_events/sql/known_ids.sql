-- Which of these event ids are recorded already.
select id from events where id = any($1::text[])
