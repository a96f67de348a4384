-- Registered agencies, of a level or under a parent if one is named.
select id as agency, data
from catalogue
where kind = 'agency'
    and ($1::text is null or data ->> 'level' = $1)
    and ($2::text is null or data ->> 'parent' = $2)
    and ($3::text is null or id = $3)
order by id
