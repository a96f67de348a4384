"""Bulk bodies line by line."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

from motcua_service.bulk import MOST_LINES, parse_ndjson
from motcua_service.decider import Command
from motcua_service.problems import MOST_ERRORS, Problem


class Add(Command):
    do: Literal["add"] = "add"
    number: int


class Drop(Command):
    do: Literal["drop"] = "drop"
    name: str


ADAPTER: TypeAdapter[Add | Drop] = TypeAdapter(Annotated[Add | Drop, Field(discriminator="do")])


def problem(body: bytes) -> Problem:
    with pytest.raises(Problem) as raised:
        parse_ndjson(body, ADAPTER, skip=1)
    return raised.value


def test_lines_are_numbered_as_sent_and_blank_ones_passed_over():
    commands, lines = parse_ndjson(
        b'\n{"do":"add","number":1}\r\n  \n{"do":"drop","name":"a"}', ADAPTER
    )
    assert commands == [Add(number=1), Drop(name="a")]
    assert lines == [2, 4]


def test_every_invalid_line_is_named_with_its_field():
    found = problem(b'{"do":"add","number":"x"}\n{"do":"drop","name":"a"}\n{"do":"drop"}')
    assert found.status == 422
    assert [(each.line, each.field) for each in found.errors] == [(1, "number"), (3, "name")]


def test_what_is_not_a_command_is_named():
    found = problem(b'nonsense\n[]\n{"do":"fly"}\n{"number":1}\n\xff\xfe')
    assert [each.line for each in found.errors] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("body", [b"", b"\n \n"])
def test_an_empty_body_is_a_problem(body):
    assert problem(body).status == 422


def test_too_many_lines_are_refused_and_the_limit_itself_is_not():
    line = b'{"do":"add","number":1}\n'
    commands, _ = parse_ndjson(line * MOST_LINES, ADAPTER)
    assert len(commands) == MOST_LINES
    assert problem(line * (MOST_LINES + 1)).status == 413


def test_the_list_of_errors_is_bounded():
    assert len(problem(b"x\n" * 1000).errors) == MOST_ERRORS


def test_values_sent_do_not_come_back():
    found = problem(b'{"do":"add","number":"a secret"}')
    assert "secret" not in found.response().body.decode()


@given(st.binary(max_size=200))
def test_any_bytes_are_commands_or_a_problem(body):
    try:
        commands, lines = parse_ndjson(body, ADAPTER)
    except Problem as found:
        status = found.status
    else:
        status = 200
        assert len(commands) == len(lines) > 0
    assert status in {200, 413, 422}
