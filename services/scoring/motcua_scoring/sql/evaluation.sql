-- All that one evaluation is answered from, as of one moment: what is tallied for an agency ($1) and
-- a period ($2: its name, $3, $4: first and last month), in all sectors or one ($5); the agency as it
-- is registered, and whether anything at all is counted for it; what was published; its assessments,
-- the latest of each kind last; how far a consumer ($6) has read each stream.
select
    tallied.bundles, tallied.numbers,
    (select data from catalogue where kind = 'agency' and id = $1) as agency,
    tallied.bundles is not null or exists (select from tallies where agency = $1) as counted,
    p.revision, p.published_at,
    array(
        select data::text from catalogue
        where kind = 'assessment' and agency = $1 and data ->> 'period' = $2
        order by (data ->> 'assessed_at')::timestamptz, id
    ) as assessments,
    streams.names, streams.positions, streams.moved_at
from (
    select array_agg(bundle) as bundles, array_agg(n) as numbers
    from (
        select bundle, sum(n)::bigint as n
        from tallies
        where agency = $1 and ($5::text is null or sector = $5) and (
            part in ('month', 'rated') and month between $3::date and $4::date
            or part = 'lasting' and month <= $4::date
        )
        group by bundle
        having sum(n) <> 0
    ) as summed
) as tallied
cross join (
    select coalesce(array_agg(topic), '{}') as names, coalesce(array_agg(position), '{}') as positions,
        max(moved_at) as moved_at
    from (
        select topic, sum(next_offset)::bigint as position,
            max(saved_at) filter (where next_offset > 0) as moved_at
        from offsets
        where consumer = $6
        group by topic
        order by topic
    ) as each
) as streams
left join published p on p.agency = $1 and p.period = $2
