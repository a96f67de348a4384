select kind, id, data ->> 'calendar' as calendar
from catalogue
where kind in ('agency', 'procedure')
