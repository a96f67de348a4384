-- Notes by which version everything is counted now.
update counting set version = $1
