"""The bias monitor: how differently labels, and a model, treat the groups of a facet, and whether that became worse."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .bias_drift import STAGES, Facet, compare
from .bias_metrics import POST_TRAINING, PRE_TRAINING
from .bias_report import fliptest, measured
from .drift import DRIFT
from .groups import Group, groups
from .job import Job, number
from .outcomes import Outcomes, outcomes
from .reading import DataError
from .result import Result
from .table import Mask, column
from .violations import Violation

VERSION = "1.0"
FEWEST = 30
"""Rows that a facet and its rest each need, where nothing else is asked: a bootstrap of fewer says little."""

_PRE, _POST = STAGES
_METRICS = {_PRE: PRE_TRAINING, _POST: POST_TRAINING}


def analyze(job: Job) -> Result:
    """Metrics of labels, of predictions where there are any, and which are worse than a baseline's if there is one.

    `bias_config` is the part of Clarify's analysis configuration that concerns bias: `label`,
    `label_values_or_threshold`, `facet`, `group_variable`, `headers`. Additions: `confidence` of the interval that
    takes sampling noise into account, and `min_facet_rows`.
    """
    config, given = job.settings("bias_config"), job.constraints
    made = outcomes(job, config, _known_labels(given, config))
    labelled, enough = int(made.labelled.sum()), max(job.min_rows, 1)
    if given is None and labelled < enough:
        raise DataError(f"a baseline needs at least {enough} labelled rows, there are {labelled}.")
    found = list(_facets(config, made, given)) if labelled else []
    files = {"analysis": _analysis(made, found)}
    verdict = {
        "rows": labelled,
        "unlabelled": made.rows.unlabelled,
        "orphaned": made.rows.orphaned,
        "facets": [each.size() for each in found],
    }
    if given is None:
        return Result(files, None, verdict, VERSION)
    if labelled < enough:
        return Result(files, [_too_few(labelled, enough)], verdict, VERSION)
    drifts = list(
        compare(
            given,
            found,
            _confidence(config),
            int(number(config.get("min_facet_rows", FEWEST), "min_facet_rows")),
        )
    )
    violations = [each.violation() for each in drifts if each.state == DRIFT]
    return Result(files, violations, {**verdict, "drift": [each.document() for each in drifts]}, VERSION)


def _known_labels(given: Mapping[str, Any] | None, config: Mapping[str, Any]) -> list[str]:
    stages = [each for word in STAGES.values() if (each := (given or {}).get(word))]
    if given is not None and not stages:
        raise DataError("the baseline's analysis.json has no bias metrics; is it of another monitor?")
    for stage in stages:
        if isinstance(config.get("label"), str) and stage.get("label") != config["label"]:
            raise DataError(
                f"the baseline is of the label {stage.get('label')!r}, not of {config['label']!r}."
            )
    return [str(stage["label_value_or_threshold"]) for stage in stages]


def _facets(config: Mapping[str, Any], made: Outcomes, given: Mapping[str, Any] | None) -> Iterator[Facet]:
    """Every group of every facet, in each stage that there is."""
    if not (facets := config.get("facet")):
        raise DataError("bias_config has no facet, the list of columns whose groups are compared.")
    for facet in facets:
        name = column(made.rows.table, facet["name_or_index"])
        cells = made.rows.table[name]
        known = [
            str(entry["value_or_threshold"])
            for word in STAGES.values()
            for entry in ((given or {}).get(word) or {}).get("facets", {}).get(name, [])
        ]
        usable = made.labelled & cells.present
        for each in groups(cells, facet.get("value_or_threshold") or [], f"facet {name!r}", known):
            yield _facet(_PRE, name, each, made, usable)
            if made.predicted is not None:
                yield _facet(_POST, name, each, made, usable & made.predicted)


def _facet(stage: str, name: str, which: Group, made: Outcomes, usable: Mask) -> Facet:
    metrics = [each for each in _METRICS[stage] if made.grouped or not each.grouped]
    found = measured(metrics, made.counts(which.rows, usable))
    if stage == _POST:
        found.append(fliptest(made.flips(name, which.rows, usable)))
    members = int((which.rows & usable).sum())
    others = int(usable.sum()) - members
    return Facet(stage, name, which.name, members, others, sorted(found, key=lambda each: each.name))


def _analysis(made: Outcomes, found: Sequence[Facet]) -> dict[str, Any]:
    """The content of `analysis.json`."""
    document: dict[str, Any] = {"version": VERSION}
    for stage, word in STAGES.items():
        facets: dict[str, list[dict[str, Any]]] = {}
        for each in found:
            if each.stage == stage:
                facets.setdefault(each.name, []).append(each.document())
        if facets:
            document[word] = {
                "label": made.rows.label,
                "facets": facets,
                "label_value_or_threshold": made.positive.name,
            }
    return document


def _too_few(labelled: int, enough: int) -> Violation:
    text = f"{labelled} rows have a label; at least {enough} labelled rows are required."
    details = {"observed": labelled, "threshold": enough}
    return Violation("item_count", "row_count_check", text, details, named="metric_name")


def _confidence(config: Mapping[str, Any]) -> float | None:
    value = number(config.get("confidence") or 0, "confidence")
    if not 0 <= value < 1:
        raise DataError(f"confidence {value!r} is none; give a number between 0 and 1, such as 0.95.")
    return value or None
