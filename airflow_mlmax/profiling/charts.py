"""Pictures as inline SVG: a few hundred bytes each, coloured by the page's style."""

from collections.abc import Sequence
from html import escape

from airflow_mlmax.profiling.report import Histogram, Matrix

_WIDTH, _HEIGHT = 240, 72
_GAP = 0.12
_SHADES = 5
_CELL = 16


def histogram(found: Histogram, label: str, *, height: int = _HEIGHT) -> str:
    """Bars for rows, and a line for the mean of the target where it is known."""
    most = max(found.counts) or 1
    step = _WIDTH / len(found.counts)
    bars = "".join(
        f"M{_short(place * step + step * _GAP / 2)} {height}v-{_short(max(1.0, count / most * height))}h{_short(step * (1 - _GAP))}V{height}z"
        for place, count in enumerate(found.counts)
        if count
    )
    line = _line(found.target, step, height) if found.target else ""
    return (
        f'<svg class="h" viewBox="0 0 {_WIDTH} {height}" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'<path class="b" d="{bars}"/>{line}</svg>'
    )


def _line(values: Sequence[float | None], step: float, height: int) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    reach = high - low or 1.0
    points = [
        f"{_short((place + 0.5) * step)} {_short(height - 4 - (value - low) / reach * (height - 8))}"
        for place, value in enumerate(values)
        if value is not None
    ]
    return f'<path class="l" d="M{"L".join(points)}"/>'


def bar(part: float, kind: str = "") -> str:
    """A filled part of a line; what is there but small still shows."""
    width = 0 if part <= 0 else max(1, min(100, round(100 * part)))
    return f'<i class="m {kind}"><b style="width:{width}%"></b></i>'


def heatmap(matrix: Matrix, kept: Sequence[int]) -> str:
    """Correlations of some columns as squares, blue where they rise together and red where they do not."""
    names = [matrix.names[place] for place in kept]
    squares: dict[str, list[str]] = {}
    for row, first in enumerate(kept):
        for column, second in enumerate(kept[:row]):
            value = matrix.values[first][second]
            if value is not None and (shade := round(abs(value) * _SHADES)):
                squares.setdefault(f"{'p' if value > 0 else 'n'}{shade}", []).append(
                    f"M{column * _CELL} {row * _CELL}h{_CELL - 1}v{_CELL - 1}h-{_CELL - 1}z"
                )
    cells = "".join(f'<path class="{kind}" d="{"".join(paths)}"/>' for kind, paths in sorted(squares.items()))
    texts = "".join(
        f'<text x="{row * _CELL + 3}" y="{row * _CELL + 12}">{escape(name)}</text>'
        for row, name in enumerate(names)
    )
    side = len(names) * _CELL
    width = side + 8 * max(len(name) for name in names)
    return (
        f'<svg class="x" viewBox="0 0 {width} {side}" width="{width}" height="{side}" role="img" aria-label="rank correlations">'
        f"{cells}{texts}</svg>"
    )


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
