-- the current state of each listing of an agency: $1 agency, $2 after this procedure, $3 at most
select distinct on (id) data ->> 'procedure' as id, data
from catalogue
where
    kind = 'listing'
    and id > $1 || ' ' || $2
    and starts_with(id, $1 || ' ')
order by id, part desc
limit $3
