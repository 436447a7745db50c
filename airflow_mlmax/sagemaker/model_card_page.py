"""A model card as one HTML page that needs nothing else: no network, no script."""

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from airflow_mlmax.html_page import framed

_SECTIONS = (
    *("intended_uses", "business_details", "evaluation_details", "training_details"),
    *("model_overview", "additional_information"),
)
"""In the order in which a reader asks."""


def page(model: str, content: str) -> str:
    """The page of a `ModelCardContent`.

    :param model: whose card it is
    """
    document = json.loads(content)
    title = f"Model card of {model}"
    sections = [_section(name, document[name]) for name in _SECTIONS if name in document]
    return framed(title, "".join([f"<h1>{escape(title)}</h1>", *sections]), "section.c{margin-bottom:.75rem}")


def _section(name: str, section: Any) -> str:
    evaluations = section if isinstance(section, list) else []
    facts = section if isinstance(section, Mapping) else {}
    return f"<h2>{_said(name).capitalize()}</h2>{_facts(facts)}" + "".join(map(_evaluation, evaluations))


def _evaluation(evaluation: Mapping[str, Any]) -> str:
    """Groups with the same metrics stand in one table."""
    groups = evaluation.get("metric_groups", [])
    tables = [_table(names, list(alike)) for names, alike in groupby(groups, key=_names)]
    facts = {name: value for name, value in evaluation.items() if name not in {"name", "metric_groups"}}
    return "".join(tables) + _facts(facts)


def _table(names: Sequence[str], groups: Sequence[Mapping[str, Any]]) -> str:
    head = "".join(f'<th class="n">{escape(name)}' for name in names)
    rows = [
        f"<tr><td>{escape(group['name'])}"
        + "".join(f'<td class="n">{_figure(metric["value"])}' for metric in group["metric_data"])
        for group in groups
    ]
    return f'<section class="c"><table><tr><th>{head}{"".join(rows)}</table></section>'


def _names(group: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(metric["name"] for metric in group["metric_data"])


def _figure(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, int | float) else escape(str(value))


def _facts(facts: Mapping[str, Any]) -> str:
    items = "".join(f"<dt>{name}<dd>{value}" for name, value in _pairs(facts))
    return f"<dl>{items}</dl>" if items else ""


def _pairs(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and values at whatever depth; a list of names with values is one entry."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _pairs(value)
        elif isinstance(value, list):
            yield _said(name), "<br>".join(escape(_line(each)) for each in value)
        else:
            yield _said(name), escape(str(value))


def _line(item: Any) -> str:
    return f"{item['name']} = {item['value']}" if isinstance(item, Mapping) else str(item)


def _said(name: str) -> str:
    """A key of AWS's schema in words."""
    return escape(name.replace("_", " "))
