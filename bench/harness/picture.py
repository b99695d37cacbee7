"""A bar chart, as SVG, without any library."""

from __future__ import annotations

from html import escape

ROW, LEFT, WIDTH = 28, 190, 520


def bars(title: str, values: dict[str, float]) -> str:
    """One bar for each value. Readable on light and dark paper."""
    largest = max(values.values()) or 1
    height = 48 + ROW * len(values)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 110}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="12" y="24" font-size="15" fill="#1a1a1a">{escape(title)}</text>',
    ]
    for row, (name, value) in enumerate(values.items()):
        y = 40 + ROW * row
        length = max(1, WIDTH * value / largest)
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end" fill="#1a1a1a">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{ROW - 8}" fill="#3b6ea5"/>',
            f'<text x="{LEFT + length + 6:.0f}" y="{y + 15}" fill="#1a1a1a">{value:,.0f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
