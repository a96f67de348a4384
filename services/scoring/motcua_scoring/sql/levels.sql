-- The levels of some agencies; none for an agency that was not registered yet.
select id as agency, data ->> 'level' as level
from catalogue
where kind = 'agency' and id = any($1::text[])
