-- A message could not be applied again: it stays, with the new reason; the order is used up.
update parked
set error = $2, reason = $3, attempts = attempts + 1, last_seen = now(),
    retry_by = null, retry_why = null
where id = $1
