-- The version by which everything is counted, to stay the same until the transaction ends. Its commit
-- does not wait for the disk: counts and offsets that a crash of the server takes back are read from
-- Kafka again, and what is published waits for the disk, hence for all that was counted before it.
select version, set_config('synchronous_commit', 'off', true)
from counting
for share
