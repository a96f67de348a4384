-- What a change from a month on touches: months in which the agency has counts, and periods
-- published for it that had not ended before that month. One of the last two columns is null.
select w.place, m.month, null::text as period
from unnest($1::integer[], $2::text[], $3::date[]) as w (place, agency, month)
join tallies m on m.agency = w.agency and m.month >= w.month
union
select w.place, null::date, p.period
from unnest($1::integer[], $2::text[], $3::date[]) as w (place, agency, month)
join published p on p.agency = w.agency and p.last_month >= w.month
