"""The Kafka Streams peer: fetched by Maven, compiled, and run on Java 17 as shipped."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

SOURCES = Path(__file__).with_name("peers") / "kafka_streams"
CACHE = Path.home() / ".cache" / "motcua"
HEAP = "-Xmx1g"
GUARANTEES = ("at_least_once", "exactly_once_v2")


class NoStreams(RuntimeError):
    """Kafka Streams cannot run here; the message says what is missing."""


def command(cache: Path = CACHE) -> list[str]:
    """What runs the peer. Everything is fetched and compiled when its sources are new.

    Raises NoStreams.
    """
    java, maven = shutil.which("java"), shutil.which("mvn")
    if java is None or maven is None:
        raise NoStreams("Kafka Streams needs Java 17 and Maven on the PATH")
    sources = sorted(SOURCES.iterdir())
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    folder = cache / f"kafka-streams-{digest}"
    if not (folder / ".complete").exists():
        _build(java, maven, folder)
    return [java, HEAP, "-cp", f"{folder / 'classes'}:{folder / 'jars'}/*", "Replay"]


def _build(java: str, maven: str, folder: Path) -> None:
    jars = folder / "jars"
    _run([maven, "-q", "-B", "-f", str(SOURCES / "pom.xml"), "dependency:copy-dependencies",
          f"-DoutputDirectory={jars}"])  # fmt: skip
    compiler = next(jars.glob("ecj-*.jar"))
    _run([java, "-jar", str(compiler), "-17", "-nowarn", "-d", str(folder / "classes"),
          "-cp", ":".join(map(str, sorted(jars.glob("*.jar")))),
          *map(str, sorted(SOURCES.glob("*.java")))])  # fmt: skip
    (folder / ".complete").touch()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoStreams(f"{command[0]}: {(done.stdout + done.stderr)[-500:]}")
