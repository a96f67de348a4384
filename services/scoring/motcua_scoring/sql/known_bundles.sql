-- Those of some bundles that were written down before: most of them, and they stay.
select distinct bundle from bundle_lines where bundle = any($1::bytea[])
