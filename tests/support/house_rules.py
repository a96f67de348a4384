"""The house's architectural rules as small checks over the source, run beside ruff."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FORBIDDEN_SQL = {
    r"\bnotify\s+\w|\bpg_notify\b": "NOTIFY takes a cluster-wide lock at commit; poll instead",
    r"\bskip\s+locked\b": "SKIP LOCKED publishes an ordered log out of order",
    r"\block\s+table\b": "a table lock serialises every writer",
}
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time")}
EFFECTS = {"open", "print", "input"}


@dataclass(frozen=True)
class Breach:
    """One place that breaks a rule."""

    path: Path
    line: int
    rule: str


def sql_breaches(path: Path, text: str) -> Iterator[Breach]:
    """Statements that the measurements in the design rule out."""
    for pattern, why in FORBIDDEN_SQL.items():
        for found in re.finditer(pattern, text, re.IGNORECASE):
            yield Breach(path, text.count("\n", 0, found.start()) + 1, why)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _strings(tree: ast.AST) -> Iterator[ast.Constant]:
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node


def python_breaches(path: Path, text: str) -> Iterator[Breach]:
    """Rules for every module: no SQL traps in strings, no commit of unnamed offsets."""
    tree = ast.parse(text)
    for node in _strings(tree):
        for breach in sql_breaches(path, str(node.value)):
            yield Breach(path, node.lineno, breach.rule)
    for call in _calls(tree):
        match call.func:
            case ast.Attribute(attr="commit", value=owner) if not call.args and not call.keywords:
                if "consumer" in ast.unparse(owner).lower():
                    yield Breach(path, call.lineno, "commit() must name its offsets")
            case ast.Attribute(attr="wait_for", value=ast.Name(id="asyncio")):
                why = "wait_for can swallow a cancellation on Python 3.11: use asyncio.timeout"
                yield Breach(path, call.lineno, why)


def purity_breaches(path: Path, text: str) -> Iterator[Breach]:
    """Rules for pure modules: no clock, no file or terminal, no await."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id=owner))):
                if (owner, name) in CLOCKS:
                    yield Breach(path, node.lineno, "a pure module reads no clock")
            case ast.Call(func=ast.Name(id=name)) if name in EFFECTS:
                yield Breach(path, node.lineno, "a pure module does no IO")
            case ast.Await() | ast.AsyncFunctionDef():
                yield Breach(path, node.lineno, "a pure module awaits nothing")


def scoring_breaches(path: Path, text: str) -> Iterator[Breach]:
    """Rules for scores: integers only, so neither round() nor true division nor float literals."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Name(id="round" | "float")):
                yield Breach(path, node.lineno, "scores are integers: no round(), no float()")
            case ast.BinOp(op=ast.Div(), left=left) if not isinstance(left, ast.Call):
                yield Breach(path, node.lineno, "scores are integers: no true division")
            case ast.Constant(value=float()):
                yield Breach(path, node.lineno, "scores are integers: no float literal")
