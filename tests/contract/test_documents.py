"""The generated documents are complete, and the committed files are what the code says."""

from __future__ import annotations

import pytest

from motcua_events.contracts import BY_TYPE
from motcua_local import documents


def test_every_topic_has_one_producer_that_is_a_service() -> None:
    producers = {topic: documents.producer_of(topic) for topic in documents.published()}
    assert set(producers.values()) == set(documents.SERVICES)
    assert producers["evaluation.changed"] == "scoring"


def test_internal_events_are_not_published() -> None:
    names = {c.TYPE for contracts in documents.published().values() for c in contracts}
    internal = {"dossier.noted.v1", "sector.noted.v1", "sector.awaited.v1"}
    assert set(BY_TYPE) - names == internal


@pytest.mark.parametrize("service", documents.SERVICES)
def test_asyncapi_names_every_message_once(service: str) -> None:
    document = documents.asyncapi(service)
    messages = [m["name"] for c in document["channels"].values() for m in c["messages"].values()]
    assert messages
    assert len(messages) == len(set(messages))


def test_committed_documents_are_up_to_date() -> None:
    assert documents.stale(documents.documents()) == []
