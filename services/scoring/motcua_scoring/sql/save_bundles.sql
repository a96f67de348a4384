-- Writes down what bundles hold; those written before stay.
insert into bundle_lines (bundle, role, basis, measure, outcome, n)
select * from unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
on conflict do nothing
