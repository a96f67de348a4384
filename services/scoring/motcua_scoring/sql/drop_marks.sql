-- Takes away the marks that a round saw; they come back if it is rolled back.
delete from dirty where id = any($1::bigint[])
