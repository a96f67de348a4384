"""The README's first dossier works to the letter."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from product import Product

README = Path(__file__).resolve().parents[2] / "README.md"
PORTS = {"intake": 8101, "workflow": 8102, "feedback": 8103, "scoring": 8104}


def test_the_first_dossier_can_be_sent_as_written(product: Product) -> None:
    script = re.search(r"```bash\n(.+?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert script is not None
    text = script[1]
    for service, port in PORTS.items():
        text = text.replace(f"http://127.0.0.1:{port}", product.state.url(service))

    done = subprocess.run(
        ["bash", "-e", "-c", text], capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 0, done.stderr
    assert '"dossier.received.v1"' in done.stdout
    assert "Điều 13" in done.stdout
    evaluation = product.evaluation("H53.20.01", "2026-03")
    assert evaluation["indices"][0]["score"] == 2.0


def test_the_links_lead_somewhere() -> None:
    text = README.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)]+)\)", text):
        path, _, heading = link.partition("#")
        target = README.parent / path
        assert target.exists(), link
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {each.lower().replace(" ", "-") for each in headings}, link


def test_the_named_rulebook_variant_is_served(product: Product) -> None:
    answer = product.get("scoring", "/evaluations", period="2020", rulebook="tt01-2018-strict")
    assert json.dumps(answer)
    assert answer["asked"]["rulebook"]["id"] == "tt01-2018-strict"
