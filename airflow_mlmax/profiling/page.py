"""The report as one HTML page that needs nothing else: no network, no script."""

from collections.abc import Iterator, Sequence
from html import escape

from airflow_mlmax.html_page import framed
from airflow_mlmax.profiling import charts
from airflow_mlmax.profiling.cards import card
from airflow_mlmax.profiling.formats import NONE, number, share, shorten, size
from airflow_mlmax.profiling.methods import METHODS
from airflow_mlmax.profiling.report import Feature, Finding, Report, Target

_MOST_FINDINGS = 60
_MOST_PAIRS = 20
_MOST_SQUARES = 40


def page(report: Report) -> str:
    """The whole page; warnings come first."""
    anchors = {feature.name: f"c{number}" for number, feature in enumerate(report.features, start=1)}
    title = report.source.rstrip("/").rpartition("/")[2] or report.source
    body = [
        f'<h1>{escape(title)}</h1><div class="s">{escape(report.source)}</div>',
        _tiles(report),
        _findings(report.findings, anchors),
        _target(report) if report.target else "",
        _overview(report, anchors),
        '<h2>Each column</h2><div class="cards">',
        *(card(report, each, anchors[each.name]) for each in report.features),
        "</div>",
        _relations(report, anchors),
        _methods(report),
    ]
    return framed(f"Profile of {title}", "".join(body))


def _tiles(report: Report) -> str:
    cells = report.rows * len(report.features)
    missing = sum(each.missing for each in report.features)
    facts = {
        "rows": f"{report.rows:,}",
        "columns": f"{len(report.features):,}",
        "values missing": share(missing, cells),
        "rows repeated": f"{report.duplicates:,}",
        f"{report.format}, {report.files:,} file{'s' if report.files > 1 else ''}": size(report.bytes),
    }
    tiles = "".join(f"<div><b>{value}</b><span>{escape(name)}</span></div>" for name, value in facts.items())
    return f'<div class="tiles">{tiles}</div>'


def _findings(found: Sequence[Finding], anchors: dict[str, str]) -> str:
    if not found:
        return "<h2>To look at first</h2><p>Nothing stands out.</p>"
    items = "".join(_finding(each, anchors) for each in found[:_MOST_FINDINGS])
    more = f"<p>and {len(found) - _MOST_FINDINGS} more</p>" if len(found) > _MOST_FINDINGS else ""
    return f'<h2>To look at first</h2><ul class="w">{items}</ul>{more}'


def _finding(found: Finding, anchors: dict[str, str]) -> str:
    subject = f"<b>{_link(found.column, anchors)}</b> " if found.column else ""
    return f'<li class="{found.severity}"><span class="k">{escape(found.kind)}</span>{subject}{escape(found.text)}</li>'


def _link(name: str, anchors: dict[str, str]) -> str:
    return f'<a href="#{anchors[name]}">{escape(shorten(name, 60))}</a>' if name in anchors else escape(name)


def _target(report: Report) -> str:
    target = report.target
    if not target:
        return ""
    known = report.rows - target.missing
    told = f"{known:,} rows have a value" + (f", {target.missing:,} have none" if target.missing else "")
    rows = "".join(
        f'<tr><td>{escape(shorten(each.value))}<td class="n">{each.rows:,}<td class="n">{share(each.rows, known)}'
        f'<td class="w">{charts.bar(each.rows / known, "y" if each.value == target.positive else "")}'
        for each in target.classes
    )
    body = f'<section class="c"><table>{rows}</table></section>' if rows else ""
    return f"<h2>Target: {escape(target.column)}</h2><p>{_task(target)}; {told}.</p>{body}"


def _task(target: Target) -> str:
    if target.task == "number":
        return f"A number, with a mean of {number(target.mean)}"
    if target.task == "classes":
        return f"A choice of {len(target.classes)} classes"
    return f"Two classes; shares of {escape(str(target.positive))} are shown in orange"


def _overview(report: Report, anchors: dict[str, str]) -> str:
    def order(feature: Feature) -> float:
        return -feature.power.score if feature.power else 1.0

    measured = any(each.power for each in report.features)
    head = "<th>column<th>type<th>values<th>missing<th class=n>distinct" + (
        "<th>prediction power" if measured else ""
    )
    rows = "".join(
        _line(report, each, anchors, measured=measured) for each in sorted(report.features, key=order)
    )
    why = (
        f"<p>Sorted by what each column alone tells of <b>{escape(report.target.column)}</b>.</p>"
        if measured and report.target
        else ""
    )
    return f'<h2>All columns</h2>{why}<section class="c"><table><tr>{head}{rows}</table></section>'


def _line(report: Report, feature: Feature, anchors: dict[str, str], *, measured: bool) -> str:
    power = ""
    if measured:
        score = feature.power.score if feature.power else None
        hot = "hot" if score is not None and score >= report.leak_limit else "p"
        power = f"<td>{charts.bar(score, hot)}{score:.3f}" if score is not None else f"<td>{NONE}"
    return (
        f"<tr><td>{_link(feature.name, anchors)}<td><small>{feature.type}</small><td>{_glimpse(feature)}"
        f"<td>{charts.bar(feature.missing / feature.rows)}{share(feature.missing, feature.rows)}"
        f'<td class="n">{_distinct(feature)}{power}'
    )


def _distinct(feature: Feature) -> str:
    return NONE if feature.type == "other" else f"{feature.distinct:,}"


def _glimpse(feature: Feature) -> str:
    if feature.sensitive:
        return "<small>hidden</small>"
    if feature.histogram:
        return charts.histogram(feature.histogram, f"histogram of {feature.name}", height=24)
    shown = ", ".join(shorten(each.value, 12) for each in feature.categories[:3])
    return f"<small>{escape(shown)}{'…' if feature.distinct > 3 else ''}</small>"  # noqa: PLR2004  # as many as shown


def _relations(report: Report, anchors: dict[str, str]) -> str:
    picture = ""
    if report.matrix:
        kept = list(_most_related(report))
        picture = f'<section class="c">{charts.heatmap(report.matrix, kept)}</section>'
    if not picture and not report.pairs:
        return ""
    rows = "".join(
        f'<tr><td>{_link(pair.first, anchors)}<td>{_link(pair.second, anchors)}<td class="n">{pair.strength:.2f}<td><small>{pair.method}</small>'
        for pair in report.pairs[:_MOST_PAIRS]
    )
    table = (
        f'<section class="c"><table><tr><th>column<th>and<th class=n>strength<th>measure{rows}</table></section>'
        if rows
        else "<p>No two columns go together (all below 0.3).</p>"
    )
    return f'<h2>Columns that go together</h2><div class="r">{picture}{table}</div>'


def _most_related(report: Report) -> Iterator[int]:
    """Places of the columns with the strongest correlations, in the order of the data."""
    matrix = report.matrix
    if not matrix:
        return
    strength = [
        max(
            (abs(value) for other, value in enumerate(row) if value is not None and other != place),
            default=0.0,
        )
        for place, row in enumerate(matrix.values)
    ]
    kept = sorted(range(len(strength)), key=lambda place: -strength[place])[:_MOST_SQUARES]
    yield from sorted(kept)


def _methods(report: Report) -> str:
    facts = {"limit": f"{report.leak_limit:g}", "sampled": f"{report.sampled:,}"}
    items = "".join(f"<dt>{escape(name)}<dd>{escape(text.format(**facts))}" for name, text in METHODS.items())
    return f"<h2>How this was measured</h2><dl>{items}</dl>"
