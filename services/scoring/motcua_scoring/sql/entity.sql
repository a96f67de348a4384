-- One entity.
select facts, arrivals from entities where kind = $1 and id = $2
