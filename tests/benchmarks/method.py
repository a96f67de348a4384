"""The words of the report."""

from __future__ import annotations

HEAD = """\
# Benchmarks

Every comparison was made on the same machine, the same servers and the same data within one run.
Figures are medians of the repetitions named under "On what", with contenders taking turns. Absolute
figures are this machine's; only the ratios travel. To make them anew: `make bench` (sizes and
parts: `BENCH="--help"`); each part replaces its former self here.

"""
PROFILE = """\
Where a target was missed, [PROFILE.md](PROFILE.md) says what the time goes into.

"""
METHOD = """\
## How it is measured

- **Replay.** A log lies on Kafka: the simulated year of a province, as many times as big as it
  takes. It is told in the order in which things happened, each copy of a dossier a little later
  than the one before, all within a month; so the events of one dossier lie as far apart as in a
  province of that size. Surveys and feedback that name no dossier come once. Contenders read it
  from the beginning, each with one processing thread; time, CPU and memory count from their first
  event on, for their own process. The servers' CPU is PostgreSQL's and Kafka's, from the start of
  a contender to its end. The floor reads and validates and does nothing else. Ours folds all
  events into everything that scoring keeps and publishes; the peers do one small part of that:
  dossiers received, resolved and returned by resolving agency, month and channel. Their final
  tables were compared with that part of ours and with a pure count of the log: all equal, or the
  contender is not in the table.
    - Kafka Streams 4.1 runs on Java 17 with a heap of 1 GiB and one stream thread, else as shipped.
      Its state is in RocksDB with caches, and in changelogs on Kafka. It counts per partition and
      is summed on read, as ours is, which spares it a repartition topic. It parses every event's
      JSON, but checks less of it than our contracts do. Its time ends when it has flushed and
      committed everything. Like for like is *exactly once*: at least once, events are counted twice
      after a crash. Per core it is compared by CPU seconds with the servers' in them, because its
      state is kept in its own process and ours in PostgreSQL.
    - bytewax keeps its state and its result in memory (it has no durable sink).
    - eventsourcing reads the log's beginning from its own event store, and keeps what it knows of
      each dossier in memory.
    - quixstreams reads the log's beginning; it writes at its checkpoints, every five seconds as
      shipped, so that a short log counts against it.
- **Growth.** The first 1,000 dossiers of a year are projected. Their rows are then copied in the
  tables of scoring, with other ids, until there are as many as wanted; some copies are projected
  too, to show that the copied rows are the projector's own. Then the year goes on for ten of the
  copies: the same events at every size, for dossiers that are there and for new ones; three parts
  of it are measured after one that is not. CPU counts until everything is published. Statistics are
  fresh, and no vacuum is under way.
- **Scaling.** The whole log from nothing with one, two and three scoring processes, timed from the
  first progress seen once all of them run.
- **Storage.** A part of the year is sent to the services over HTTP; what their databases grew by is
  divided by the dossiers.
- **Freshness.** Resolutions are posted at a fixed rate whatever the answers do, spread over
  100 agencies; a request counts from when it was due (no coordinated omission) to when a
  subscriber received a message that counts it. Ours: POST at workflow, event store, relay, Kafka,
  scoring's transaction, publisher, relay, Kafka. The peer: POST, Kafka, a counter in memory, Kafka;
  no store, and nothing to start again from.
- **Ingest.** 32 keep-alive connections, each sending when it was answered. Bulk: requests of 2,000
  lines, two in flight, beside a COPY of the rows that they become into tables like ours, with their
  keys and indexes, and a COPY of as many rows of six columns into a bare table.
- **Reading.** Ours evaluates when asked for; the peer selects a finished answer by its key.
"""
