"""Pictures of a metric as inline SVG, coloured by the page's style: over the parts, and spread around its mean."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

STYLE = """
.chart{width:100%;height:auto;display:block}.chart text{font:11px system-ui,sans-serif;fill:var(--soft)}.chart line{stroke:var(--rule)}
.chart .model{stroke:var(--blue);fill:none;stroke-width:2}.chart .baseline{stroke:var(--line);fill:none;stroke-width:2}
.chart circle.model{fill:var(--blue)}.chart circle.baseline{fill:var(--line)}.chart .gone{fill:var(--critbg)}
.chart .band{fill:var(--rule)}.chart line.mean{stroke:var(--ink);stroke-width:2}
"""

_WIDTH, _HEIGHT = 760, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 30
_ROW = 34
_TICKS = 4
_MOST_LABELS = 6
_ROOM = 0.08
"""Of the range, above and below all values."""

_SIDES = ("baseline", "model")  # the model is drawn last, over the baseline


def over_parts(metric: str, parts: Sequence[Mapping[str, Any]], *, in_time: bool) -> str:
    """Model and baseline at each part, and a mark where one failed; lines join parts that follow each other in time."""
    low, high = _range(metric, parts)
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(parts))

    def x(place: int) -> float:
        return _LEFT + (place + 0.5) * step

    def y(value: float) -> float:
        return _TOP + (high - value) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    shapes = [
        *_grid(low, high, y),
        *_labels(parts, x),
        *(
            f'<rect class="gone" x="{x(place) - step / 2:.1f}" y="{_TOP}" width="{step:.1f}" height="{_HEIGHT - _TOP - _BOTTOM}">'
            f"<title>{escape(part['name'])}: failed</title></rect>"
            for place, part in enumerate(parts)
            if part["state"] == "failed"
        ),
    ]
    for side in _SIDES:
        points = [
            (x(place), y(value), value, parts[place]["name"]) for place, value in _values(side, metric, parts)
        ]
        runs = _runs([place for place, _ in _values(side, metric, parts)]) if in_time else ()
        at = {place: point for (place, _), point in zip(_values(side, metric, parts), points, strict=True)}
        shapes += [
            f'<path class="{side}" d="M{"L".join(f"{at[place][0]:.1f} {at[place][1]:.1f}" for place in run)}"/>'
            for run in runs
        ]
        shapes += [
            f'<circle class="{side}" cx="{left:.1f}" cy="{top:.1f}" r="3.5"><title>{escape(name)}: {side} {value:.4f}</title></circle>'
            for left, top, value, name in points
        ]
    return _svg(f"{metric} by part", _HEIGHT, shapes)


def spread(metric: str, parts: Sequence[Mapping[str, Any]], summary: Mapping[str, Any]) -> str:
    """All values of a side in one row, over the band of a standard deviation around their mean."""
    low, high = _range(metric, parts)

    def x(value: float) -> float:
        return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)

    shapes: list[str] = []
    for row, side in enumerate(reversed(_SIDES)):
        middle, found = row * _ROW + _ROW / 2, summary[side]
        shapes.append(f'<text x="0" y="{middle + 4:.1f}">{side}</text>')
        if found["sd"] is not None:
            left, right = (x(found["mean"] + sign * found["sd"]) for sign in (-1, 1))
            shapes.append(
                f'<rect class="band" x="{left:.1f}" y="{middle - 9:.1f}" width="{max(1.0, right - left):.1f}" height="18"/>'
            )
        shapes += [
            f'<circle class="{side}" cx="{x(value):.1f}" cy="{middle:.1f}" r="3.5"><title>{escape(parts[place]["name"])}: {value:.4f}</title></circle>'
            for place, value in _values(side, metric, parts)
        ]
        if found["mean"] is not None:
            at = x(found["mean"])
            shapes.append(
                f'<line class="mean" x1="{at:.1f}" x2="{at:.1f}" y1="{middle - 12:.1f}" y2="{middle + 12:.1f}"/>'
            )
    return _svg(f"spread of {metric}", 2 * _ROW, shapes)


def _values(side: str, metric: str, parts: Sequence[Mapping[str, Any]]) -> list[tuple[int, float]]:
    found = ((place, (part.get(side) or {}).get(metric)) for place, part in enumerate(parts))
    return [(place, value) for place, value in found if value is not None]


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


def _range(metric: str, parts: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    values = [value for side in _SIDES for _, value in _values(side, metric, parts)] or [0.0]
    reach = (max(values) - min(values)) or 0.1
    return min(values) - reach * _ROOM, max(values) + reach * _ROOM


def _grid(low: float, high: float, y: Any) -> Iterator[str]:
    for number in range(_TICKS + 1):
        value = low + (high - low) * number / _TICKS
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.3f}</text>'


def _labels(parts: Sequence[Mapping[str, Any]], x: Any) -> Iterator[str]:
    every = -(-len(parts) // _MOST_LABELS) or 1
    for place, part in list(enumerate(parts))[::every]:
        name = str(part["name"]).partition(" to ")[0]
        yield f'<text x="{x(place):.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(name)}</text>'


def _svg(label: str, height: int, shapes: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        f"{''.join(shapes)}</svg>"
    )
