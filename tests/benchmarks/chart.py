"""Bar charts as SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, TOP = 760, 290, 90, 26, 44


def svg(title: str, unit: str, bars: Sequence[tuple[str, float]]) -> str:
    """One horizontal bar for each (label, value); values are not negative."""
    most = max((value for _, value in bars), default=0) or 1
    height = TOP + BAR * len(bars) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="24" font-size="15" font-weight="600">{escape(title)} '
        f'<tspan font-weight="400" fill="#555">({escape(unit)})</tspan></text>',
    ]
    for at, (label, value) in enumerate(bars):
        parts += _bar(label, value, most, TOP + at * BAR)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(label: str, value: float, most: float, y: int) -> list[str]:
    long = max(1.0, value / most * (WIDTH - LEFT - RIGHT))
    colour = "#1f6f5c" if label.startswith("motcua") else "#9aa5ab"
    return [
        f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(label)}</text>',
        f'<rect x="{LEFT}" y="{y + 3}" width="{long:.1f}" height="{BAR - 8}" fill="{colour}"/>',
        f'<text x="{LEFT + long + 6:.1f}" y="{y + 16}">{written(value)}</text>',
    ]


def written(value: float) -> str:
    """A figure with as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
