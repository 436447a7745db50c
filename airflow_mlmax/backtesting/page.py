"""Results of windows or folds as one HTML page that needs nothing else: no network, no script."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from airflow_mlmax.backtesting import charts
from airflow_mlmax.backtesting.results import SIDES
from airflow_mlmax.html_page import framed

_NONE = "\N{EN DASH}"
_ROWS = {"model": "model", "baseline": "baseline", "difference": "model less baseline"}
_STYLE = (
    charts.STYLE
    + """
.failed td{background:var(--critbg);color:var(--crit)}td.win{color:var(--good)}td.loss{color:var(--crit)}
td.name{white-space:nowrap}.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin:0 .3rem 0 1rem;vertical-align:-.1rem}
.key .model{background:var(--blue)}.key .baseline{background:var(--line)}
"""
)
_KEY = '<p class="s key"><i class="model"></i>model<i class="baseline"></i>baseline</p>'


def page(document: Mapping[str, Any], *, part: str, facts: Mapping[str, Any], in_time: bool) -> str:
    """The page of a document of `airflow_mlmax.backtesting.results`.

    :param part: what a part is called: window, fold
    :param facts: what the reader must know to judge the numbers, by name
    :param in_time: the parts follow each other in time
    """
    title = f"{document['kind']} of {document['model']}"
    body = [
        f"<h1>{escape(title)}</h1>",
        _tiles(document, part),
        _failures(document, part),
        _summary(document),
        *(_metric(document, name, part, in_time=in_time) for name in document["metrics"]),
        _parts(document, part),
        _facts(facts),
    ]
    return framed(title, "".join(body), _STYLE)


def _tiles(document: Mapping[str, Any], part: str) -> str:
    rows = sum(each.get("rows") or 0 for each in document["parts"])
    tiles = {
        f"{part}s measured": f"{document['measured']:,} of {len(document['parts']):,}",
        f"{part}s failed": f"{document['failed']:,}",
        "rows tested": f"{rows:,}",
        **{
            f"ahead in {name}": f"{found['better']} of {found['compared']}"
            for name, found in document["summary"].items()
        },
    }
    cells = "".join(f"<div><b>{value}</b><span>{escape(name)}</span></div>" for name, value in tiles.items())
    return f'<div class="tiles">{cells}</div>'


def _failures(document: Mapping[str, Any], part: str) -> str:
    items = "".join(
        f'<li class="critical"><span class="k">failed</span><b>{escape(each["name"])}</b> {escape(each["reason"])}</li>'
        for each in document["parts"]
        if each["state"] == "failed"
    )
    if not items:
        return ""
    text = f"The figures are those of the other {escape(part)}s, so they may be too good or too bad."
    return f'<h2>What is missing</h2><p>{text}</p><ul class="w">{items}</ul>'


def _summary(document: Mapping[str, Any]) -> str:
    rows = [
        f"<tr><td>{escape(name)} <small>{document['metrics'][name]} is better</small><td>{told}"
        + "".join(
            f'<td class="n">{_figure(found[side][each], signed=side == "difference" and each != "sd")}'
            for each in ("mean", "sd", "min", "max")
        )
        + f'<td class="n">{found[side]["parts"]}'
        for name, found in document["summary"].items()
        for side, told in _ROWS.items()
    ]
    head = "<th>metric<th>of<th class=n>mean<th class=n>standard deviation<th class=n>least<th class=n>most<th class=n>parts"
    return f"<h2>All together</h2>{_table(head, rows)}"


def _metric(document: Mapping[str, Any], name: str, part: str, *, in_time: bool) -> str:
    parts, found = document["parts"], document["summary"][name]
    return (
        f"<h2>{escape(name)} by {escape(part)}</h2>{_KEY}"
        f'<section class="c">{charts.over_parts(name, parts, in_time=in_time)}</section>'
        f'<p class="s">Spread: every {escape(part)} a dot, the mean a line, one standard deviation around it shaded.</p>'
        f'<section class="c">{charts.spread(name, parts, found)}</section>'
    )


def _parts(document: Mapping[str, Any], part: str) -> str:
    metrics = document["metrics"]
    sides = "".join(f"<th class=n>{told}" for told in (*SIDES, "difference"))
    head = f"<th rowspan=2>{escape(part)}<th rowspan=2 class=n>rows"
    head += "".join(f"<th colspan=3 class=n>{escape(name)}" for name in metrics)
    head += f"<tr>{sides * len(metrics)}"
    rows = [_part(each, metrics) for each in document["parts"]]
    return f"<h2>Each {escape(part)}</h2>{_table(head, rows)}"


def _part(part: Mapping[str, Any], metrics: Mapping[str, str]) -> str:
    name = f'<td class="name">{escape(part["name"])}'
    if part["state"] == "failed":
        return f'<tr class="failed">{name}<td class="n">{_NONE}<td colspan="{3 * len(metrics)}">failed: {escape(part["reason"])}'
    rows = part["rows"]
    cells = [f'<td class="n">{rows:,}' if isinstance(rows, int) else f'<td class="n">{_NONE}']
    for metric, better in metrics.items():
        cells += [f'<td class="n">{_figure(part[side][metric])}' for side in SIDES]
        gap = part["difference"][metric]
        cells.append(f'<td class="n {_state(gap, better)}">{_figure(gap, signed=True)}')
    return f"<tr>{name}{''.join(cells)}"


def _table(head: str, rows: Sequence[str]) -> str:
    return f'<section class="c"><table><tr>{head}{"".join(rows)}</table></section>'


def _facts(facts: Mapping[str, Any]) -> str:
    items = "".join(f"<dt>{escape(name)}<dd>{escape(str(value))}" for name, value in facts.items())
    return f"<h2>How this was measured</h2><dl>{items}</dl>"


def _state(gap: float | None, better: str) -> str:
    if not gap:
        return ""
    return "win" if (gap > 0) == (better == "higher") else "loss"


def _figure(value: float | None, *, signed: bool = False) -> str:
    return _NONE if value is None else f"{value:+.4f}" if signed else f"{value:.4f}"
