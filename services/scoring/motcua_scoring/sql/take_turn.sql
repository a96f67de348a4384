-- One round at a time, over all processes: two rounds at once could publish older sums last.
select pg_try_advisory_xact_lock(hashtext('motcua scoring publisher'))
