"""The command line: help, one line on errors, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from motcua_local.cli import app

runner = CliRunner()


@pytest.mark.parametrize("name", [
    "up", "demo", "status", "show", "trace", "backup", "restore", "rebuild", "republish",
    "partitions", "parked list", "parked show", "parked retry", "parked discard", "parked history",
])  # fmt: skip
def test_every_command_explains_itself(name: str) -> None:
    result = runner.invoke(app, [*name.split(), "--help"])
    assert result.exit_code == 0
    assert "--data" in result.output


@pytest.mark.parametrize("arguments", [
    ["status"], ["trace", "D-1"], ["show", "H53", "2020"], ["rebuild"], ["partitions", "8"],
    ["republish", "--service", "intake"], ["parked", "list"], ["parked", "retry", "--all"],
])  # fmt: skip
def test_nothing_is_running(arguments: list[str], tmp_path: Path) -> None:
    result = runner.invoke(app, [*arguments, "--data", str(tmp_path)])
    assert result.exit_code == 3
    assert "nothing is running" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["up", "demo"])
def test_wrong_ports(name: str, tmp_path: Path) -> None:
    result = runner.invoke(app, [name, "--ports", "80a", "--data", str(tmp_path / "x")])
    assert result.exit_code == 2
    assert result.stderr == "motcua: --ports: '80a' is not a port number or a list of them\n"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = runner.invoke(app, ["up", "--data", str(tmp_path / "file" / "x")])
    assert result.exit_code == 1
    assert result.stderr.startswith("motcua: ")
    assert "Traceback" not in result.output
