"""Writes the generated documents: JSON Schemas, AsyncAPI 3 and OpenAPI 3.1 (`--check` compares)."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from motcua_events.contracts import BY_TYPE, COMPACTED_TOPICS, EventData
from motcua_service.app import create_app
from motcua_service.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("intake", "workflow", "feedback", "scoring")
HEADERS = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string"},
    "ce_source": {"type": "string"},
    "ce_type": {"type": "string"},
    "ce_time": {"type": "string", "format": "date-time"},
    "ce_subject": {"type": "string"},
    "ce_recordedtime": {"type": "string", "format": "date-time"},
    "content-type": {"type": "string", "const": "application/json"},
    "traceparent": {"type": "string"},
}


def producer_of(topic: str) -> str:
    """The service that writes a topic."""
    name = topic.split(".", maxsplit=1)[0]
    return name if name in SERVICES else "scoring"


def published() -> dict[str, list[type[EventData]]]:
    """Every topic with the contracts it carries, sorted by type."""
    topics: dict[str, list[type[EventData]]] = {}
    for _, contract in sorted(BY_TYPE.items()):
        if contract.TOPIC is not None:
            topics.setdefault(contract.TOPIC, []).append(contract)
    return topics


def json_schema(contract: type[EventData]) -> dict[str, Any]:
    """The JSON Schema of one event type's data."""
    schema = contract.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _message(contract: type[EventData]) -> dict[str, Any]:
    return {
        "name": contract.TYPE,
        "summary": (contract.__doc__ or "").split("\n", maxsplit=1)[0],
        "contentType": "application/json",
        "headers": {"type": "object", "properties": HEADERS},
        "payload": {"$ref": f"../../libs/events/schemas/{contract.TYPE}.json"},
    }


def asyncapi(service: str) -> dict[str, Any]:
    """The AsyncAPI 3 document of what one service publishes."""
    topics = {t: cs for t, cs in published().items() if producer_of(t) == service}
    channels = {}
    operations = {}
    for topic, contracts in sorted(topics.items()):
        cleanup = ["compact"] if topic in COMPACTED_TOPICS else ["delete"]
        name = topic.replace(".", "_")
        channels[name] = {
            "address": topic,
            "messages": {c.TYPE.replace(".", "_"): _message(c) for c in contracts},
            "bindings": {
                "kafka": {"topic": topic, "topicConfiguration": {"cleanup.policy": cleanup}}
            },
        }
        operations[f"publish_{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
        }
    info = {"title": f"motcua {service}: events", "version": "1.0.0"}
    return {"asyncapi": "3.0.0", "info": info, "channels": channels, "operations": operations}


def openapi(service: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of one service."""
    described = import_module(f"motcua_{service}.app").SERVICE
    settings = ServiceSettings(
        database_url="postgresql://", kafka_bootstrap="localhost:9092", port=0
    )
    return create_app(described, settings).openapi()


def documents() -> dict[Path, str]:
    """Every generated document by its path."""
    found: dict[Path, dict[str, Any]] = {}
    for contract in BY_TYPE.values():
        found[ROOT / "libs/events/schemas" / f"{contract.TYPE}.json"] = json_schema(contract)
    for service in SERVICES:
        found[ROOT / "services" / service / "asyncapi.json"] = asyncapi(service)
        found[ROOT / "services" / service / "openapi.json"] = openapi(service)
    return {p: json.dumps(d, ensure_ascii=False, indent=1) + "\n" for p, d in found.items()}


def stale(texts: dict[Path, str]) -> list[Path]:
    """Documents whose file is missing or differs."""
    return [p for p, t in texts.items() if not p.exists() or p.read_text(encoding="utf-8") != t]


def main() -> int:
    """Writes the documents, or with `--check` names the stale ones and returns 1."""
    console = Console()
    texts = documents()
    old = stale(texts)
    if "--check" in sys.argv[1:]:
        for path in old:
            console.print(f"stale: {path.relative_to(ROOT)} (run `make documents`)")
        return 1 if old else 0
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
        console.print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
