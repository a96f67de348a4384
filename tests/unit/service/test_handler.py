"""The command path, on a store in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from motcua_events.contracts import ComplaintRaised, FeedbackAnswered
from motcua_events.event import Change, Event
from motcua_service.decider import Command, Refusal, record
from motcua_service.handler import CommandHandler
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
        new = [Event(f"e{id(c)}", c.time, c.data, "/test", NOW, traceparent) for c in changes]
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

    async def also(conn, outcome):
        seen.append(outcome.recorded)

    handler = CommandHandler(store, Answers(), lambda: NOW, after=[hook])
    await handler.run([Answer(feedback="F1")], also=also)
    assert seen == [(1, ["feedback.answered.v1"]), 1]


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
