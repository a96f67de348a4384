-- Appends events; every array has one element per event, in the order of the outbox. Appends none
-- if a stream's last event ($11) is of a younger transaction than this one: published in the order
-- of transactions, the new event would then come before the one it follows.
insert into events (stream, version, id, type, key, topic, time, recorded_at, data, traceparent)
select stream, version, id, type, key, topic, time, recorded_at, data::json, traceparent
from unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
            $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[])
    with ordinality
    as new (stream, version, id, type, key, topic, time, recorded_at, data, traceparent, place)
where pg_current_xact_id() >= $11::text::xid8
order by place
