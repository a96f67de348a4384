"""The command path, on a store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from opentelemetry.sdk.trace import TracerProvider

from motcua_events.contracts import ComplaintRaised, FeedbackAnswered
from motcua_events.event import Change, Event
from motcua_service.decider import Command, Refusal, record
from motcua_service.handler import CommandHandler
from motcua_service.idempotency import Key
from motcua_service.metrics import Metrics

NOW = datetime(2020, 3, 2, 8, tzinfo=UTC)


@dataclass
class MemoryStore:
    """What the handler needs of an event store."""

    streams: dict[str, list[Event]] = field(default_factory=dict)
    reads: list[tuple[str, ...]] = field(default_factory=list)

    async def execute(self, streams, decide, *, traceparent, also=None, conn=None):
        self.reads.append(tuple(streams))
        changes, result = decide({each: list(self.streams.get(each, ())) for each in streams})
        new = [
            Event(f"e{id(c)}", c.time, c.data, "/test", NOW, c.traceparent or traceparent)
            for c in changes
        ]
        if also is not None:
            await also(conn, new)
        for event in new:
            self.streams.setdefault(event.data.stream, []).append(event)
        return result

    async def load(self, stream):
        return list(self.streams.get(stream, ()))


class Answer(Command):
    feedback: str
    at: datetime = NOW
    dossier: str | None = None


@dataclass(frozen=True)
class Answers:
    """Answers a piece of feedback once; optionally raises a complaint in a stream found late."""

    def streams(self, command: Answer) -> Sequence[str]:
        return (f"feedback/{command.feedback}",)

    def initial(self, stream: str) -> tuple[Event, ...]:
        return ()

    def evolve(self, state: tuple[Event, ...], event: Event) -> tuple[Event, ...]:
        return (*state, event)

    def decide(
        self, states: Mapping[str, tuple[Event, ...]], command: Answer, context: datetime
    ) -> list[Change]:
        state = states[f"feedback/{command.feedback}"]
        if command.feedback == "refused":
            raise Refusal("No", "Not this one.", field="feedback")
        data = FeedbackAnswered(feedback=command.feedback, answered_at=command.at)
        changes = record(state[-1] if state else None, data, command.at, context)
        if command.dossier:
            last = states[f"dossier/{command.dossier}"]
            raised = ComplaintRaised(
                dossier=command.dossier, feedback=command.feedback, raised_at=command.at
            )
            changes += record(last[-1] if last else None, raised, command.at, context)
        return changes


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def handler(store) -> CommandHandler:
    return CommandHandler(store, Answers(), lambda: NOW)


@pytest.mark.asyncio
async def test_one_command_records_once(handler, store):
    first = await handler.run([Answer(feedback="F1")])
    again = await handler.run([Answer(feedback="F1")])
    assert first.model_dump() == {"accepted": 1, "recorded": 1, "duplicates": 0}
    assert again.model_dump() == {"accepted": 1, "recorded": 0, "duplicates": 1}
    assert len(store.streams["feedback/F1"]) == 1


@pytest.mark.asyncio
async def test_a_later_command_of_a_bulk_sees_the_earlier_ones(handler):
    outcome = await handler.run([Answer(feedback="F1"), Answer(feedback="F1")])
    assert outcome.model_dump() == {"accepted": 2, "recorded": 1, "duplicates": 1}


@pytest.mark.asyncio
async def test_no_commands_record_nothing(handler):
    assert (await handler.run([])).accepted == 0


@pytest.mark.asyncio
async def test_streams_found_while_deciding_are_read_in_one_more_pass(handler, store):
    commands = [Answer(feedback=f"F{n}", dossier=f"D{n}") for n in range(50)]
    outcome = await handler.run(commands)
    assert outcome.recorded == 100
    assert [len(read) for read in store.reads] == [50, 100]


@pytest.mark.asyncio
async def test_a_refusal_names_its_line_and_records_nothing(handler, store):
    commands = [Answer(feedback="F1"), Answer(feedback="refused")]
    with pytest.raises(Refusal) as refused:
        await handler.run(commands, lines=[1, 3])
    assert (refused.value.line, refused.value.index) == (3, 1)
    assert store.streams == {}


@pytest.mark.asyncio
async def test_a_refusal_after_an_unread_stream_still_names_its_line(handler):
    commands = [Answer(feedback="F1", dossier="D1"), Answer(feedback="refused")]
    with pytest.raises(Refusal) as refused:
        await handler.run(commands, lines=[1, 2])
    assert refused.value.line == 2


@pytest.mark.asyncio
async def test_a_single_command_has_no_line(handler):
    with pytest.raises(Refusal) as refused:
        await handler.run([Answer(feedback="refused")])
    assert refused.value.line is None


@pytest.mark.asyncio
async def test_hooks_see_the_new_states_and_events(store):
    seen = []

    async def hook(conn, states, events):
        seen.append((len(states["feedback/F1"]), [event.type for event in events]))

    async def keep(conn, kept):
        seen.extend((key.key, outcome.recorded) for key, outcome in kept)

    handler = CommandHandler(store, Answers(), lambda: NOW, after=[hook], keep=keep)
    keyed = handler.asked([Answer(feedback="F1")], key=Key("K1", b""))
    await handler.run_all([keyed, handler.asked([Answer(feedback="F2")])])
    types = ["feedback.answered.v1"] * 2
    assert seen == [(1, types), ("K1", 1)]


@pytest.mark.asyncio
async def test_requests_in_one_transaction_each_get_their_own_answer(handler, store):
    requests = [
        [Answer(feedback="F1")],
        [Answer(feedback="F2"), Answer(feedback="refused")],
        [Answer(feedback="F1")],
        [Answer(feedback="F2"), Answer(feedback="F2")],
    ]
    answers = await handler.run_all([handler.asked(each) for each in requests])
    assert len(store.reads) == 1
    assert isinstance(answers[1], Refusal)
    assert answers[1].index == 1
    plain = [tuple(answers[at].model_dump().values()) for at in (0, 2, 3)]
    assert plain == [(1, 1, 0), (1, 0, 1), (2, 1, 1)]
    assert {name: len(events) for name, events in store.streams.items()} == {
        "feedback/F1": 1, "feedback/F2": 1,
    }  # fmt: skip


@pytest.mark.asyncio
async def test_what_a_refused_request_did_to_a_stream_is_undone_in_every_state(store):
    """Also on a stream that an earlier request of the same transaction has changed."""
    states = {}

    async def hook(conn, found, events):
        states.update({name: len(found[name]) for name in found})

    handler = CommandHandler(store, Answers(), lambda: NOW, after=[hook])
    later = Answer(feedback="F1", at=NOW + timedelta(days=1))
    requests = [[Answer(feedback="F1")], [later, Answer(feedback="refused")]]
    await handler.run_all([handler.asked(each) for each in requests])
    assert states == {"feedback/F1": 1, "feedback/refused": 0}


@pytest.mark.asyncio
async def test_each_request_of_a_transaction_keeps_its_own_trace(store):
    traced = CommandHandler(store, Answers(), lambda: NOW)
    provider = TracerProvider()
    asked = []
    for name in ("F1", "F2"):
        with provider.get_tracer("t").start_as_current_span(name):
            asked.append(traced.asked([Answer(feedback=name)]))
    await traced.run_all(asked)
    traces = [store.streams[f"feedback/{name}"][0].traceparent for name in ("F1", "F2")]
    assert traces == [each.traceparent for each in asked]
    assert len(set(traces)) == 2


@pytest.mark.asyncio
async def test_what_is_recorded_and_refused_is_counted(store):
    metrics = Metrics()
    handler = CommandHandler(store, Answers(), lambda: NOW, metrics=metrics)
    await handler.run([Answer(feedback="F1")])
    with pytest.raises(Refusal):
        await handler.run([Answer(feedback="refused")])
    value = metrics.registry.get_sample_value
    assert value("motcua_events_recorded_total", {"type": "feedback.answered.v1"}) == 1
    assert value("motcua_commands_refused_total", {"command": "Answer"}) == 1


@pytest.mark.asyncio
async def test_the_state_of_a_stream(handler):
    await handler.run([Answer(feedback="F1")])
    assert len(await handler.state("feedback/F1")) == 1
    assert await handler.state("feedback/other") == ()


@pytest.mark.asyncio
async def test_a_decision_that_asks_without_end_is_stopped(store):
    class Endless(Answers):
        def decide(self, states, command, context):
            return states[f"feedback/{len(states)}"]

    handler = CommandHandler(store, Endless(), lambda: NOW)
    with pytest.raises(RuntimeError, match="further streams"):
        await handler.run([Answer(feedback="F1")])
