"""Intake's pure domain: events in, decisions out; no clock, no IO.

``dossier`` folds a dossier's events; ``reception``, ``correction``, ``restart``, ``contacts`` and
``endings`` decide about it. ``catalogue`` decides about agencies, procedures, listings and
calendars; ``terms`` says what the catalogue holds for a dossier. ``intake`` is the decider that
joins them.
"""

from __future__ import annotations
