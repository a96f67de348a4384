-- What was last published of some evaluations, and the agency's level; null where there is none.
select coalesce(p.revision, 0) as revision, coalesce(p.fingerprint, '') as fingerprint,
    c.data ->> 'level' as level
from unnest($1::text[], $2::text[]) with ordinality as wanted (agency, period, place)
left join published p using (agency, period)
left join catalogue c on c.kind = 'agency' and c.id = wanted.agency
order by wanted.place
