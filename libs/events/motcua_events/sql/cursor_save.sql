-- Moves the cursor, only from where this relay believes it to be.
update relay_cursor
set tx = $4::text::xid8, pos = $5, saved_at = now()
where cluster_id = $1 and tx = $2::text::xid8 and pos = $3
