"""A report as one HTML page that needs nothing else: no network, no script."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_MOST_ROWS = 500
_WIDTH, _HEIGHT = 120, 12
_COUNTS = ("rows", "unlabelled", "orphaned")
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; color: #1c2733 }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin-top: 2rem } svg { vertical-align: middle; margin-right: .4rem } .bar { white-space: nowrap }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea; vertical-align: top }
.mark { border-radius: .3rem; padding: .1rem .5rem; color: #fff; background: #4b5b6b }
.pass, .ok { background: #1d7a46 } .not_evaluated { background: #9a6700 } .fail, .drift { background: #b3261e }
"""


def page(analysis: str, verdict: Mapping[str, Any], violations: Sequence[Mapping[str, Any]] | None) -> str:
    """The page of a verdict: violations first, then every comparison, those that drifted before the others.

    :param violations: rows of `constraint_violations.json`; None where there is no baseline to violate
    """
    status = str(verdict["status"])
    title = f"Monitor: {analysis.lower().replace('_', ' ')}"
    counts = ", ".join(f"{verdict[name]:,} {name}" for name in _COUNTS if name in verdict)
    return "".join(
        [
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{_mark(status)} {escape(title)}</h1><p>{counts}</p>",
            *([_violations(violations)] if violations is not None else []),
            _drifts(verdict.get("drift") or []),
            "</body></html>\n",
        ]
    )


def _violations(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<h2>Violations</h2><p>none</p>"
    cells = [
        [
            escape(_subject(row)),
            escape(str(row.get("constraint_check_type"))),
            *(_figure((row.get("details") or {}).get(name)) for name in ("observed", "threshold")),
            escape(str(row.get("description"))),
        ]
        for row in rows
    ]
    return _table("Violations", ["of", "check", "observed", "threshold", "description"], cells)


def _drifts(rows: Sequence[Mapping[str, Any]]) -> str:
    order = {"drift": 0, "not_evaluated": 1}
    cells = [
        [
            _mark(str(row.get("state"))),
            escape(_subject(row)),
            escape(str(row.get("method") or "")),
            f'<span class="bar">{_bar(_observed(row), row.get("threshold"))}{_figure(_observed(row))}</span>',
            _figure(row.get("threshold")),
            *(_figure(row.get(name)) for name in ("psi", "n", "m")),
            escape(_reason(row)),
        ]
        for row in sorted(rows, key=lambda row: (order.get(str(row.get("state")), 2), -_length(row)))
    ]
    head = [
        "",
        "of",
        "method",
        "distance",
        "threshold",
        "PSI",
        "baseline values",
        "current values",
        "because",
    ]
    return _table("Comparison with the baseline", head, cells) if rows else ""


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[:_MOST_ROWS])
    more = f"<p>and {len(rows) - _MOST_ROWS} more</p>" if len(rows) > _MOST_ROWS else ""
    return f"<h2>{escape(title)}</h2><table><tr>{first}</tr>{body}</table>{more}"


def _bar(value: Any, threshold: Any) -> str:
    """A distance from 0 on, and a line where the threshold is; distances are between 0 and 1, other figures are not."""
    numbers = [abs(each) for each in (value, threshold) if isinstance(each, int | float)]
    if not isinstance(value, int | float):
        return ""
    scale = max(1.0, *numbers)
    width, limit = abs(value) / scale * _WIDTH, abs(threshold or 0) / scale * _WIDTH
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{value:.4g} of {scale:.4g}">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#eef1f5"/>'
        f'<rect width="{width:.1f}" height="{_HEIGHT}" fill="#4f7cac"/>'
        f'<line x1="{limit:.1f}" x2="{limit:.1f}" y1="0" y2="{_HEIGHT}" stroke="#b3261e" stroke-width="2"/></svg>'
    )


def _observed(row: Mapping[str, Any]) -> Any:
    return row.get("distance", row.get("observed"))


def _length(row: Mapping[str, Any]) -> float:
    value = _observed(row)
    return abs(value) if isinstance(value, int | float) else 0.0


def _subject(row: Mapping[str, Any]) -> str:
    names = ("facet", "facet_value", "label", "feature", "feature_name", "metric", "metric_name")
    return " ".join(str(row[name]) for name in names if row.get(name)) or "data"


def _reason(row: Mapping[str, Any]) -> str:
    lists = {
        name.replace("_", " "): row[name]
        for name in ("new_categories", "vanished_categories")
        if row.get(name)
    }
    reason = [str(row["reason"])] if row.get("reason") else []
    return "; ".join([*reason, *(f"{name}: {', '.join(map(str, each))}" for name, each in lists.items())])


def _figure(value: Any) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.4g}"
    return "" if value is None else escape(f"{value:,.0f}" if isinstance(value, int | float) else str(value))


def _mark(state: str) -> str:
    return f'<span class="mark {escape(state)}">{escape(state.replace("_", " "))}</span>'
