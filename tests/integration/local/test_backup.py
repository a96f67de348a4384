"""Backup and restore: what is restored is what was accepted, and it goes on from there."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_product import LocalProduct, local_product
from motcua_command import motcua
from product import eventually

from motcua_local.operations.backup import READERS_FIRST


@pytest.fixture
def first(tmp_path: Path) -> Iterator[LocalProduct]:
    with local_product(tmp_path / "first") as found:
        yield found


def manifest(file: Path) -> Any:
    with tarfile.open(file) as tar:
        member = tar.extractfile("manifest.json")
        assert member is not None
        return json.load(member)


def test_a_backup_while_running_restores_to_equal_scores_and_goes_on(
    tmp_path: Path, first: LocalProduct
) -> None:
    agency = first.product.agency()
    first.dossiers(agency, 3)
    eventually(lambda: first.counted(agency), lambda count: count == 3)
    scores = first.scores(agency)
    file = tmp_path / "monday.backup"
    done = motcua("backup", str(file), "--data", first.data)
    assert done.returncode == 0, done.stderr
    assert f"backed up to {file}" in done.stdout
    assert list(manifest(file)["databases"]) == list(READERS_FIRST)
    first.dossiers(agency, 1)  # after the backup: not in it
    again = motcua("backup", str(file), "--data", first.data)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    first.stop()

    data = tmp_path / "second" / "data"
    done = motcua("restore", str(file), "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "restored and equal" in done.stdout
    with local_product(data.parent) as restored:
        assert restored.scores(agency) == scores
        assert restored.counted(agency) == 3
        restored.dossiers(agency, 2)  # appends, relay and projection work
        eventually(lambda: restored.counted(agency), lambda count: count == 5)


def test_a_backup_of_a_folder_on_which_nothing_runs(tmp_path: Path, first: LocalProduct) -> None:
    first.product.agency()
    first.stop()
    file = tmp_path / "stopped.backup"
    data = first.data
    assert motcua("backup", str(file), "--data", data).returncode == 0
    events = manifest(file)["databases"]["intake"]["streams"]["agency"]
    assert events == {"streams": 1, "events": 1}

    taken = motcua("restore", str(file), "--data", data)
    assert (taken.returncode, "holds data already" in taken.stderr) == (1, True)

    spoilt = tmp_path / "spoilt.backup"
    _spoil(file, spoilt, tmp_path / "parts")
    done = motcua("restore", str(spoilt), "--data", str(tmp_path / "other"))
    assert done.returncode == 1
    assert "is not what was backed up" in done.stderr
    assert not (tmp_path / "other" / "postgres").exists()


def _spoil(file: Path, to: Path, folder: Path) -> None:
    """A copy whose manifest tells of an event more than the dump has."""
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")
    path = folder / "manifest.json"
    told = json.loads(path.read_text())
    told["databases"]["feedback"]["tables"]["public.events"]["rows"] += 1
    path.write_text(json.dumps(told))
    with tarfile.open(to, "w") as tar:
        for part in folder.iterdir():
            tar.add(part, part.name)


def test_what_is_no_backup_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no tar")
    for file, said in (("x", "is not a backup"), ("none", "No such file")):
        done = motcua("restore", str(tmp_path / file), "--data", str(tmp_path / "new"))
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
        assert done.stderr.count("\n") == 1
    done = motcua("backup", str(tmp_path / "b"), "--data", str(tmp_path / "nowhere"))
    assert (done.returncode, "there is no data" in done.stderr) == (1, True)
