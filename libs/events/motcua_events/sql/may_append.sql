-- Whether this transaction may append to streams whose last event is of transaction $1 (see append).
select pg_current_xact_id() >= $1::text::xid8
