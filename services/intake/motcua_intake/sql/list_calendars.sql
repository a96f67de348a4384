-- every calendar that is defined or has a day of its own: $1 after this id, $2 at most
select id, max(data::text) filter (where kind = 'calendar')::jsonb as data
from catalogue
where kind in ('calendar', 'day') and id > $1
group by id
order by id
limit $2
