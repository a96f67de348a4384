-- Agencies that have something counted in a period's months, registered or not.
select distinct agency
from measures
where month between $1::date and $2::date and basis in ('settled', 'open')
order by agency
