-- How many events wait to be published (counted up to a bound), and since when.
select count(*) as events, min(recorded_at) as oldest
from (
    select recorded_at from events
    where topic is not null
        and (tx, pos) > (
            coalesce((select tx from relay_cursor), '0'::xid8),
            coalesce((select pos from relay_cursor), 0)
        )
    order by tx, pos
    limit $1
) as waiting
