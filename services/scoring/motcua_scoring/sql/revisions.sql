-- The latest published revision of some agencies' evaluations for a period.
select agency, revision, published_at
from published
where agency = any($1::text[]) and period = $2
