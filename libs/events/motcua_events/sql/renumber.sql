-- Gives every event a place that any PostgreSQL cluster takes for long past, in the same order.
update events
set tx = '3', pos = placed.place
from (select stream, version, row_number() over (order by tx, pos) as place from events) as placed
where events.stream = placed.stream and events.version = placed.version
