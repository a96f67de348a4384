-- Moves the cursor, only from where this relay believes it to be. The commit does not wait for the
-- disk: a cursor that a crash set back has events published again.
with quickly as (select set_config('synchronous_commit', 'off', true))
update relay_cursor
set tx = $4::text::xid8, pos = $5, saved_at = now()
from quickly
where cluster_id = $1 and tx = $2::text::xid8 and pos = $3
