"""Pictures of a metric as inline SVG, coloured by the page's style: over the parts, and spread around its mean."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

STYLE = """
.chart{width:100%;height:auto;display:block}.chart text{font:11px system-ui,sans-serif;fill:var(--soft)}.chart line{stroke:var(--rule)}
.chart path{fill:none;stroke-width:2}.chart path.model{stroke:var(--blue)}.chart path.baseline{stroke:var(--line)}
.chart circle.model{fill:var(--blue)}.chart circle.baseline{fill:var(--line)}.chart .gone{fill:var(--critbg)}
.chart .band{fill:var(--rule)}.chart line.mean{stroke:var(--ink);stroke-width:2}
"""

_WIDTH, _HEIGHT = 760, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 748, 10, 200
_ROW, _BAND, _MEAN = 34, 18, 24
_TICKS = 6
_MOST_LABELS = 6
_ROOM = 0.08
"""Of the range, above and below all values."""

_SIDES = ("baseline", "model")  # the model is drawn last, over the baseline

Parts = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class _Scale:
    """Where a value lies between two places of the picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        part = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return round(self.start + part * (self.end - self.start), 1)

    def ticks(self) -> Iterator[float]:
        """Round values, about as many as `_TICKS`."""
        least = (self.high - self.low) / _TICKS
        power = 10.0 ** math.floor(math.log10(least))
        step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= least)
        first = math.ceil(self.low / step)
        yield from (number * step for number in range(first, math.floor(self.high / step) + 1))


def over_parts(metric: str, parts: Parts, *, in_time: bool) -> str:
    """Model and baseline at each part, and a mark where one failed; lines join parts that follow each other in time."""
    y = _scale(metric, parts, _BOTTOM, _TOP)
    step = (_RIGHT - _LEFT) / max(1, len(parts))
    across = [round(_LEFT + (place + 0.5) * step, 1) for place in range(len(parts))]
    shapes = [*_grid(y), *_labels(parts, across), *_failures(parts, across, step)]
    for side in _SIDES:
        values = _values(side, metric, parts)
        points = {place: f"{across[place]} {y(value)}" for place, value in values}
        runs = _runs(list(points)) if in_time else ()
        shapes += [f'<path class="{side}" d="M{"L".join(points[place] for place in run)}"/>' for run in runs]
        shapes += [_dot(side, parts[place], value, across[place], y(value)) for place, value in values]
    return _svg(f"{metric} by part", _HEIGHT, shapes)


def spread(metric: str, parts: Parts, summary: Mapping[str, Any]) -> str:
    """All values of a side in one row, over the band of a standard deviation around their mean."""
    x = _scale(metric, parts, _LEFT, _RIGHT)
    bottom = _ROW * len(_SIDES)
    shapes = [_text(f"{value:.6g}", x(value), bottom + 10, "middle") for value in x.ticks()]
    for row, side in enumerate(reversed(_SIDES)):
        middle, found = row * _ROW + _ROW / 2, summary[side]
        shapes += [_text(side, 0, middle + 4), *_band(found, x, middle)]
        shapes += [
            _dot(side, parts[place], value, x(value), middle) for place, value in _values(side, metric, parts)
        ]
        shapes += [_line(x(found["mean"]), middle)] if found["mean"] is not None else []
    return _svg(f"spread of {metric}", bottom + 14, shapes)


def _values(side: str, metric: str, parts: Parts) -> list[tuple[int, float]]:
    found = ((place, (part.get(side) or {}).get(metric)) for place, part in enumerate(parts))
    return [(place, value) for place, value in found if value is not None]


def _scale(metric: str, parts: Parts, start: float, end: float) -> _Scale:
    values = [value for side in _SIDES for _, value in _values(side, metric, parts)] or [0.0]
    reach = _ROOM * ((max(values) - min(values)) or 1.0)
    return _Scale(min(values) - reach, max(values) + reach, start, end)


def _runs(places: Sequence[int]) -> Iterator[list[int]]:
    """Places that follow each other, so that no line leads over a gap."""
    run: list[int] = []
    for place in places:
        if run and place != run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _grid(y: _Scale) -> Iterator[str]:
    for value in y.ticks():
        yield f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{y(value)}" y2="{y(value)}"/>'
        yield _text(f"{value:.6g}", _LEFT - 6, y(value) + 4, "end")


def _labels(parts: Parts, across: Sequence[float]) -> Iterator[str]:
    every = max(1, -(-len(parts) // _MOST_LABELS))
    for place in range(0, len(parts), every):
        name = str(parts[place]["name"]).partition(" to ")[0]
        yield _text(name, across[place], _HEIGHT - 10, "middle")


def _failures(parts: Parts, across: Sequence[float], step: float) -> Iterator[str]:
    for place, part in enumerate(parts):
        if part["state"] == "failed":
            box = (
                f'x="{across[place] - step / 2:.1f}" y="{_TOP}" width="{step:.1f}" height="{_BOTTOM - _TOP}"'
            )
            yield f'<rect class="gone" {box}><title>{escape(part["name"])}: failed</title></rect>'


def _band(found: Mapping[str, Any], x: _Scale, middle: float) -> Iterator[str]:
    if found["sd"] is not None:
        left, right = (x(found["mean"] + sign * found["sd"]) for sign in (-1, 1))
        yield f'<rect class="band" x="{left}" y="{middle - _BAND / 2}" width="{right - left:.1f}" height="{_BAND}"/>'


def _line(x: float, middle: float) -> str:
    return f'<line class="mean" x1="{x}" x2="{x}" y1="{middle - _MEAN / 2}" y2="{middle + _MEAN / 2}"/>'


def _dot(side: str, part: Mapping[str, Any], value: float, x: float, y: float) -> str:
    told = f"{escape(part['name'])}: {side} {value:.4f}"
    return f'<circle class="{side}" cx="{x}" cy="{y}" r="3.5"><title>{told}</title></circle>'


def _text(text: str, x: float, y: float, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(label: str, height: int, shapes: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )
