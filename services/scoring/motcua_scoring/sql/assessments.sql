-- Self-scores and appraisals of some agencies for a period, the latest of each kind last.
select data
from catalogue
where kind = 'assessment' and agency = any($1::text[]) and data ->> 'period' = $2
order by agency, (data ->> 'assessed_at')::timestamptz, id
