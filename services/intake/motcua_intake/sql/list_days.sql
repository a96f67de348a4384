-- $1 calendar, $2 after this day, $3 at most
select part as id, data
from catalogue
where kind = 'day' and id = $1 and part > $2
order by part
limit $3
