-- How far the relay is: the position it has published up to, and the last there is.
select coalesce((select pos from relay_cursor), 0) as done,
    coalesce((select max(pos) from events where topic is not null), 0) as last
