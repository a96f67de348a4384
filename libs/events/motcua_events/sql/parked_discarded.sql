-- What was given up, for good.
select header_names, header_values from parked_audit where action = 'discarded'
