-- The version by which everything is counted, to stay the same until the transaction ends.
select version from counting for share
