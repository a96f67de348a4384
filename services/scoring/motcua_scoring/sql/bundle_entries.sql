-- What some bundles hold.
select bundle, role, basis, measure, outcome, n
from bundle_lines
where bundle = any($1::bytea[])
order by bundle
