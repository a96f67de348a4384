-- What was last published of some evaluations.
select p.agency, p.period, p.revision, p.fingerprint
from published p
join unnest($1::text[], $2::text[]) as wanted (agency, period) using (agency, period)
