"""One column of the report as a card: its picture, its figures, its values."""

from collections.abc import Iterator
from html import escape

from airflow_mlmax.profiling import charts
from airflow_mlmax.profiling.formats import NONE, moment, number, share, shorten
from airflow_mlmax.profiling.report import Feature, Report, Spread, Target

_SHOWN_VALUES = 8
_SHOWN_MARKS = 4


def card(report: Report, feature: Feature, anchor: str) -> str:
    """The card of one column."""
    body = _figure(feature, report.target) if feature.spread else _values(feature, report.target)
    facts = "".join(f'<tr><th>{name}<td class="n">{value}' for name, value in _facts(feature, report.target))
    single = "" if body else " one"
    return (
        f'<article id="{anchor}"><h3>{escape(feature.name)}<span class="t">{feature.type}</span>{_marks(report, feature)}</h3>'
        f'<div class="g{single}">{body}<table>{facts}</table></div>{_pattern(feature)}</article>'
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
    low, high = (place(feature, value) for value in (found.low, found.high))
    least, most = "≤ " if found.open_low else "", "≥ " if found.open_high else ""
    return (
        f"<figure>{charts.histogram(found, f'histogram of {feature.name}')}"
        f'<div class="a"><span>{least}{low}</span><span>{most}{high}</span></div>{_legend(feature, target)}</figure>'
    )


def _legend(feature: Feature, target: Target | None) -> str:
    known = [each for each in (feature.histogram.target if feature.histogram else ()) if each is not None]
    if not target or not known:
        return ""
    return f'<div class="o">— {escape(_outcome(target))}: {mean(min(known), target)} to {mean(max(known), target)}</div>'


def _outcome(target: Target) -> str:
    return f"share of {target.column} = {target.positive}" if target.positive else f"mean {target.column}"


def mean(value: float | None, target: Target | None) -> str:
    """A mean of the target, as a share where it is one."""
    if value is None or not target:
        return NONE
    return share(value, 1) if target.positive else number(value)


def place(feature: Feature, value: float) -> str:
    """A value of a column."""
    return moment(value) if feature.type == "timestamp" else number(value)


def _values(feature: Feature, target: Target | None) -> str:
    if not feature.categories:
        return ""
    most = feature.categories[0].rows
    shown = feature.categories[:_SHOWN_VALUES]
    told = target is not None and any(each.target is not None for each in shown)
    rows = "".join(
        f'<tr><td title="{escape(shorten(each.value, 80))}">{escape(shorten(each.value, 24))}'
        f'<td>{charts.bar(each.rows / most)}<td class="n">{share(each.rows, feature.rows)}'
        + (f'<td class="n o">{mean(each.target, target)}' if told else "")
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
    told = f" <span class=o>{mean(lost, target)}</span>" if lost is not None else ""
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
    yield "least", place(feature, found.minimum)
    yield "5 % · 25 %", " · ".join(place(feature, found.quantiles[level]) for level in ("0.05", "0.25"))
    yield "median", place(feature, found.quantiles["0.5"])
    yield "75 % · 95 %", " · ".join(place(feature, found.quantiles[level]) for level in ("0.75", "0.95"))
    yield "most", place(feature, found.maximum)
    if feature.type == "timestamp":
        yield "days with rows", number(found.days)
        return
    yield "mean ± deviation", f"{number(found.mean)} ± {number(found.deviation)}"
    yield "skew", NONE if found.skew is None else f"{found.skew:.2f}"
    yield "zero · negative", f"{share(found.zeros, feature.rows)} · {share(found.negatives, feature.rows)}"
    robust = NONE if found.outliers_z is None else f"{found.outliers_z:,}"
    yield "outliers IQR · robust z", f"{found.outliers_iqr:,} · {robust}"
    if found.infinite:
        yield "infinite", f"{found.infinite:,}"


def _pattern(feature: Feature) -> str:
    if not feature.texts or not feature.texts.pattern:
        return ""
    return f"<small>every value matches <code>{escape(shorten(feature.texts.pattern, 160))}</code></small>"
