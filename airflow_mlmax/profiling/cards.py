"""One column of the report as a card: its picture, its figures, its values."""

from collections.abc import Iterator
from html import escape

from airflow_mlmax.profiling import charts
from airflow_mlmax.profiling.formats import NONE, moment, number, share, shorten
from airflow_mlmax.profiling.report import Feature, Report, Spread, Target

_SHOWN_VALUES = 8
_SHOWN_MARKS = 4
_EXAMPLES = 3
_LEVELS = {"0.05": "5 %", "0.25": "25 %", "0.5": "median", "0.75": "75 %", "0.95": "95 %"}
_QUARTILES = ("0.25", "0.5", "0.75")
_MANY_DAYS = 3 * 86_400


def card(report: Report, feature: Feature, anchor: str) -> str:
    """The card of one column."""
    body = _figure(feature, report.target) if feature.spread else _values(feature, report.target)
    facts = "".join(f'<tr><th>{name}<td class="n">{value}' for name, value in _facts(feature, report.target))
    single = "" if body else " one"
    return (
        f'<article id="{anchor}"><h3>{escape(feature.name)}<span class="t">{feature.type}</span>{_marks(report, feature)}</h3>'
        f'<div class="g{single}">{body}<table>{facts}</table></div>{_quantiles(feature)}{_pattern(feature)}</article>'
    )


def _marks(report: Report, feature: Feature) -> str:
    if report.target and report.target.column == feature.name:
        return '<span class="t">target</span>'
    found = [each for each in report.findings if each.column == feature.name and each.severity != "info"]
    kinds = {each.kind: each.severity for each in reversed(found)}
    return "".join(
        f'<span class="t {severity}">{escape(kind)}</span>'
        for kind, severity in list(kinds.items())[:_SHOWN_MARKS]
    )


def _figure(feature: Feature, target: Target | None) -> str:
    found = feature.histogram
    if not found:
        return ""
    low, high = (_place(feature, value) for value in (found.low, found.high))
    least, most = "≤ " if found.open_low else "", "≥ " if found.open_high else ""
    return (
        f"<figure>{charts.histogram(found, f'histogram of {feature.name}')}"
        f'<div class="a"><span>{least}{low}</span><span>{most}{high}</span></div>{_legend(feature, target)}</figure>'
    )


def _legend(feature: Feature, target: Target | None) -> str:
    known = [each for each in (feature.histogram.target if feature.histogram else ()) if each is not None]
    if not target or not known:
        return ""
    return f'<div class="o">— {escape(_outcome(target))}: {_mean(min(known), target)} to {_mean(max(known), target)}</div>'


def _outcome(target: Target) -> str:
    return f"share of {target.column} = {target.positive}" if target.positive else f"mean {target.column}"


def _mean(value: float | None, target: Target | None) -> str:
    if value is None or not target:
        return NONE
    return share(value, 1) if target.positive else number(value)


def _place(feature: Feature, value: float, *, days: bool = False) -> str:
    return moment(value, days=days) if feature.type == "timestamp" else number(value)


def _values(feature: Feature, target: Target | None) -> str:
    if not feature.categories:
        return ""
    most = feature.categories[0].rows
    shown = feature.categories[: _SHOWN_VALUES if most > 1 else _EXAMPLES]
    told = target is not None and any(each.target is not None for each in shown)
    rows = "".join(
        f'<tr><td title="{escape(shorten(each.value, 80))}">{escape(shorten(each.value, 24))}'
        f'<td>{charts.bar(each.rows / most)}<td class="n">{share(each.rows, feature.rows)}'
        + (f'<td class="n o">{_mean(each.target, target)}' if told else "")
        for each in shown
    )
    if feature.distinct > len(shown):
        rest = feature.present - sum(each.rows for each in shown)
        rows += f'<tr><td>{feature.distinct - len(shown):,} more<td><td class="n">{share(rest, feature.rows)}'
    legend = f'<div class="o">{escape(_outcome(target))} in the last column</div>' if told and target else ""
    return f'<figure><table class="v">{rows}</table>{legend}</figure>'


def _facts(feature: Feature, target: Target | None) -> Iterator[tuple[str, str]]:
    if feature.power:
        auc = f" (AUC {feature.power.auc:.3f})" if feature.power.auc is not None else ""
        yield "prediction power", f"{feature.power.score:.3f}{auc}"
    lost = feature.missing_target
    told = f" <span class=o>{_mean(lost, target)}</span>" if lost is not None else ""
    yield "missing", f"{share(feature.missing, feature.rows)}{told}"
    if feature.type != "other":
        yield "distinct", f"{feature.distinct:,}"
    if feature.sensitive:
        yield "values", f"hidden: {escape(feature.sensitive)}"
    if feature.texts:
        yield "length", f"{feature.texts.shortest:,} to {feature.texts.longest:,}"
    if feature.spread:
        yield from _of_spread(feature, feature.spread)


def _of_spread(feature: Feature, found: Spread) -> Iterator[tuple[str, str]]:
    if feature.type == "timestamp":
        yield "days with rows", number(found.days)
        return
    yield "mean ± deviation", f"{number(found.mean)} ± {number(found.deviation)}"
    yield "skew", NONE if found.skew is None else f"{found.skew:.2f}"
    yield "zero · negative", f"{share(found.zeros, feature.rows)} · {share(found.negatives, feature.rows)}"
    robust = NONE if found.outliers_z is None else f"{found.outliers_z:,}"
    yield "outliers: IQR · z", f"{found.outliers_iqr:,} · {robust}"
    if found.infinite:
        yield "infinite", f"{found.infinite:,}"


def _quantiles(feature: Feature) -> str:
    found = feature.spread
    if not found:
        return ""
    time = feature.type == "timestamp"
    days = time and found.maximum - found.minimum > _MANY_DAYS
    marks = {
        "least": found.minimum,
        **{_LEVELS[level]: found.quantiles[level] for level in (_QUARTILES if time else _LEVELS)},
        "most": found.maximum,
    }
    cells = "".join(
        f"<div><span>{name}</span>{_place(feature, value, days=days)}</div>" for name, value in marks.items()
    )
    return f'<div class="q">{cells}</div>'


def _pattern(feature: Feature) -> str:
    if not feature.texts or not feature.texts.pattern:
        return ""
    return f"<small>every value matches <code>{escape(shorten(feature.texts.pattern, 160))}</code></small>"
