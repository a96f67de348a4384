-- Agencies that have something counted in a period's months, registered or not.
select distinct agency
from tallies
where month between $1::date and $2::date and part in ('month', 'rated')
order by agency
