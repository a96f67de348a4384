"""A single-node Apache Kafka (KRaft) started from the jars that Maven resolves."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from motcua_local.running.ports import free_port

POM = Path(__file__).with_name("pom.xml")
LOG4J = Path(__file__).with_name("log4j2.yaml")

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.backoff.ms=500
"""


class KafkaUnavailable(RuntimeError):
    """No Apache Kafka can be started here; the message says what is missing."""


def new_cluster_id() -> str:
    """A random id that Kafka's tools do not take for an option: none begins with a dash."""
    while (found := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()).startswith("-"):
        continue
    return found.rstrip("=")


def resolve_jars(cache: Path) -> Path:
    """The folder with Kafka's jars, fetched by Maven once; raises KafkaUnavailable."""
    jars = cache / "kafka-jars"
    if (jars / ".complete").exists():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable(
            "Apache Kafka needs Maven: install it (Debian: apt-get install maven)"
        )
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={jars}"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise KafkaUnavailable(f"Maven could not fetch Apache Kafka: {done.stdout[-500:]}")
    (jars / ".complete").touch()
    return jars


class ApacheKafka:
    """One broker with its folder; it keeps its log and its cluster id across restarts.

    ``environment`` is the broker's, beside our own; ``properties`` are its settings beside those
    here, or instead of them, and ``storage`` further options for formatting its log folder.
    ``start`` raises KafkaUnavailable when Java or Maven is missing or the broker does not come up.
    """

    def __init__(
        self,
        folder: Path,
        cache: Path,
        environment: Mapping[str, str] | None = None,
        *,
        properties: Mapping[str, str] | None = None,
        storage: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.cache = cache
        self.environment = dict(environment or {})
        self.properties = dict(properties or {})
        self.storage = tuple(storage)
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address that clients connect to."""
        return f"127.0.0.1:{self.port}"

    def start(self, timeout: float = 60.0) -> None:
        """Formats the log folder when it is new, starts the JVM and waits until it answers."""
        classpath = f"{resolve_jars(self.cache)}/*"
        java = shutil.which("java")
        if java is None:
            raise KafkaUnavailable("Apache Kafka needs Java 17 or later on the PATH")
        base = [java, "-Xmx512m", f"-Dlog4j2.configurationFile={LOG4J}", "-cp", classpath]
        config = self._configure(base)
        with (self.folder / "broker.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*base, "kafka.Kafka", str(config)],
                stdout=log, stderr=subprocess.STDOUT, env=os.environ | self.environment,
            )  # fmt: skip
        self._wait(timeout)

    def stop(self, timeout: float = 20.0) -> None:
        """Asks the broker to stop and kills it when it does not within ``timeout`` seconds."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Ends the broker at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _configure(self, base: list[str]) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "server.properties"
        if config.exists():
            return config
        text = PROPERTIES.format(port=self.port, controller=free_port(), folder=self.folder)
        text += "".join(f"{name}={value}\n" for name, value in self.properties.items())
        config.write_text(text, encoding="utf-8")
        command = [
            *base, "kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(config),
            *self.storage,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise KafkaUnavailable(f"Kafka's storage could not be formatted: {done.stderr[-500:]}")
        return config

    def _wait(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                break
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise KafkaUnavailable(f"the broker did not come up; see {self.folder / 'broker.log'}")
