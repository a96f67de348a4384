-- The periods for which anything was published, and for how many agencies.
select period, count(*) as agencies, max(published_at) as published_at
from published
group by period
order by period
