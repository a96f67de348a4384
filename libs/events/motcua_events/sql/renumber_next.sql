-- The next event gets the place after the last one.
select setval(pg_get_serial_sequence('events', 'pos'), coalesce(max(pos), 0) + 1, false) from events
