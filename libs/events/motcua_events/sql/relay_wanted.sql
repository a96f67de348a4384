-- Whether somebody waits for the relay's lock: only operators do, relays just try.
select exists (
    select from pg_locks
    where locktype = 'advisory' and not granted and classid = 0 and objid = $1::bigint::oid
        and database = (select oid from pg_database where datname = current_database())
)
