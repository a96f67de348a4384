-- $1 kind, $2 after this id, $3 at most, $4 fields that the data must contain
select id, data
from catalogue
where kind = $1 and part = '' and id > $2 and data @> $4::jsonb
order by id
limit $3
