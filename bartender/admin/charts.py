"""Bar charts as SVG that the server draws: nothing to load, readable without a script and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, ROW_HEIGHT, BAR_HEIGHT = 360, 38, 12
MAX_BARS = 24


@dataclass(frozen=True)
class Bar:
    """One bar below its label. In the SVG's own units."""

    label: str
    value_label: str
    y: int
    length: int
    is_below_zero: bool

    @property
    def text_y(self) -> int:
        return self.y + 14

    @property
    def bar_y(self) -> int:
        return self.y + 20


@dataclass(frozen=True)
class BarChart:
    """`left_out`: how many bars the chart has no room for; the table below it has all."""

    id: str
    title: str
    bars: tuple[Bar, ...]
    left_out: int = 0

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return ROW_HEIGHT * len(self.bars) + 4

    @property
    def bar_height(self) -> int:
        return BAR_HEIGHT


def draw_bars(id: str, title: str, values: Iterable[tuple[str, float, str]]) -> BarChart:
    """`values`: label, value, and the value as it is read. The longest bar is the width of the chart."""
    rows: Sequence[tuple[str, float, str]] = list(values)
    largest = max((abs(value) for _label, value, _text in rows), default=0) or 1
    bars = tuple(
        Bar(label, text, at * ROW_HEIGHT, round(abs(value) * WIDTH / largest), value < 0)
        for at, (label, value, text) in enumerate(rows[:MAX_BARS])
    )
    return BarChart(id, title, bars, max(0, len(rows) - MAX_BARS))
