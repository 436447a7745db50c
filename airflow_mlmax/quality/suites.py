"""Great Expectations suites as JSON, read strictly: a check that cannot be understood is refused, never left out."""

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .catalogue import CATALOGUE, TYPE_CHECKS, UNREADABLE
from .errors import SuiteError

SEVERITIES = ("info", "warning", "critical")
"""From least to most."""

LOGICAL_TYPES = ("integer", "number", "string", "boolean", "timestamp")
"""Types of columns, the same words for every format and engine; a date is a timestamp."""

_MEMBERS = frozenset({"type", "kwargs", "severity", "meta", "notes", "description", "id", "rendered_content"})
_SUITE_MEMBERS = frozenset({"name", "expectations", "meta", "notes", "id", "suite_parameters"})
_BOUND_KEYWORDS = ("min_value", "max_value")
_LISTS = frozenset({"value_set", "column_list", "column_set", "regex_list", "type_list"})

Keywords = Callable[[str], AbstractSet[str] | None]
"""Gives the keywords of an expectation type, None for a type that does not exist."""


@dataclass(frozen=True)
class Check:
    """One expectation of a suite."""

    position: int
    type: str
    kwargs: Mapping[str, Any]
    severity: str

    @property
    def column(self) -> str | None:
        """The column, or columns, that the check is about."""
        return ", ".join(self.columns) or None

    @property
    def label(self) -> str:
        """Type and column: `expect_column_values_to_not_be_null(age)`."""
        return f"{self.type}({self.column or 'table'})"

    @property
    def columns(self) -> list[str]:
        """The columns that must be there for the check to make sense."""
        one = [self.kwargs[key] for key in ("column", "column_A", "column_B") if key in self.kwargs]
        return (
            one if one or self.type.startswith("expect_table_") else list(self.kwargs.get("column_list", ()))
        )

    @property
    def mostly(self) -> float:
        """The share of values that must be good."""
        return float(self.kwargs.get("mostly", 1.0))

    @property
    def is_row_rule(self) -> bool:
        """Whether it says of each row by itself that it is good or bad, and wants all of them good."""
        by_row = self.type == UNREADABLE or (self.type in CATALOGUE and CATALOGUE[self.type].by_row)
        return by_row and self.mostly >= 1

    @property
    def rank(self) -> int:
        """The place of the severity among all severities."""
        return SEVERITIES.index(self.severity)


@dataclass(frozen=True)
class Suite:
    """A suite of checks with the hash of what was checked, parameters filled in."""

    name: str
    version: str | None
    sha256: str
    checks: tuple[Check, ...]

    columns: Mapping[str, str] | None = None
    """Types of a CSV file's columns, where the suite's `meta` has them under `columns`."""

    @property
    def title(self) -> str:
        return f"{self.name} v{self.version}" if self.version else self.name


def load_suite(
    text: str | bytes, parameters: Mapping[str, Any] | None = None, keywords: Keywords | None = None
) -> Suite:
    """Reads a suite.

    :param parameters: values for `{"$PARAMETER": "name"}`
    :param keywords: asked for types that are not in the catalogue
    :raises SuiteError: not JSON, no checks, unknown types, severities or keywords, missing parameters; all at once
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SuiteError(f"the suite is not JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("expectations"), list):
        raise SuiteError("the suite has no list `expectations`")
    filled = _filled(document, {**document.get("suite_parameters", {}), **(parameters or {})})
    faults = [
        f"unknown member {name!r}, known are {_names(_SUITE_MEMBERS)}"
        for name in sorted(document.keys() - _SUITE_MEMBERS)
    ]
    for position, item in enumerate(filled["expectations"], start=1):
        faults += [f"check {position}: {fault}" for fault in _faults(item, keywords)]
    if not filled["expectations"]:
        faults.append("it holds no check, so everything would pass")
    if faults:
        raise SuiteError(f"suite {document.get('name')!r}: " + "; ".join(faults))
    meta = filled.get("meta", {})
    version = meta.get("version")
    canonical = json.dumps(filled, sort_keys=True, separators=(",", ":"))
    return Suite(
        name=str(document.get("name") or "unnamed"),
        version=None if version is None else str(version),
        sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        checks=tuple(_check(number, item) for number, item in enumerate(filled["expectations"])),
        columns=meta.get("columns"),
    )


def as_time(value: Any) -> Any:
    """An ISO date or time as a naive UTC datetime; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _check(position: int, item: Mapping[str, Any]) -> Check:
    kwargs = {
        name: as_time(value) if name in _BOUND_KEYWORDS else value for name, value in item["kwargs"].items()
    }
    return Check(position, item["type"], kwargs, item.get("severity", "critical"))


def _filled(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_filled(each, parameters) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$PARAMETER"}:
        name = value["$PARAMETER"]
        if name not in parameters:
            raise SuiteError(f"the suite's parameter {name!r} has no value; there is {_names(parameters)}")
        return parameters[name]
    return {name: _filled(each, parameters) for name, each in value.items()}


def _faults(item: Any, keywords: Keywords | None) -> Iterator[str]:
    if not isinstance(item, dict) or not isinstance(item.get("kwargs", {}), dict):
        yield "it must be an object with `type` and `kwargs`"
        return
    for name in sorted(item.keys() - _MEMBERS):
        yield f"unknown member {name!r}, known are {_names(_MEMBERS)}"
    if item.get("severity", "critical") not in SEVERITIES:
        yield f"severity {item['severity']!r} is none of {', '.join(SEVERITIES)}"
    kind = str(item.get("type"))
    known = _known(kind, item.setdefault("kwargs", {}), keywords)
    if known is None:
        yield f"unknown type {kind!r}{_meant(kind, CATALOGUE)}"
        return
    for name in sorted(item["kwargs"].keys() - known):
        yield f"{kind} has no keyword {name!r}{_meant(name, known)}"
    yield from _wrong_values(kind, item["kwargs"])


def _known(kind: str, used: Mapping[str, Any], keywords: Keywords | None) -> AbstractSet[str] | None:
    """Keywords of a type; the slow question is asked only for what the catalogue cannot answer."""
    if kind in CATALOGUE and (used.keys() <= CATALOGUE[kind].keywords or keywords is None):
        return CATALOGUE[kind].keywords
    return keywords(kind) if keywords else None


def _wrong_values(kind: str, kwargs: Mapping[str, Any]) -> Iterator[str]:
    if kind in CATALOGUE:
        yield from _missing_values(kind, kwargs)
    share = kwargs.get("mostly", 1)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        yield f"mostly is {share!r}, it must be a number from 0 to 1"
    for name in _BOUND_KEYWORDS:
        if isinstance(as_time(kwargs.get(name)), str):
            yield f"{name} {kwargs[name]!r} is text, but neither a date nor a time in ISO form"
    patterns = kwargs.get("regex_list", [kwargs["regex"]] if "regex" in kwargs else [])
    yield from filter(None, map(_pattern_fault, patterns if isinstance(patterns, list) else []))
    if kind in TYPE_CHECKS:
        yield from _wrong_types(kwargs)


def _missing_values(kind: str, kwargs: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(CATALOGUE[kind].required - kwargs.keys()):
        yield f"{kind} needs {name!r}"
    if CATALOGUE[kind].needs_bound and all(kwargs.get(name) is None for name in _BOUND_KEYWORDS):
        yield f"{kind} needs min_value or max_value"
    for name in _LISTS & kwargs.keys():
        if not isinstance(kwargs[name], list):
            yield f"{name} is {kwargs[name]!r}, it must be a list"
        elif not kwargs[name]:
            yield f"{name} is empty"
    if kwargs.get("match_on", "any") not in {"any", "all"}:
        yield f"match_on is {kwargs['match_on']!r}, it must be any or all"


def _wrong_types(kwargs: Mapping[str, Any]) -> Iterator[str]:
    wanted = kwargs["type_list"] if isinstance(kwargs.get("type_list"), list) else [kwargs.get("type_")]
    for name in wanted:
        if name not in LOGICAL_TYPES:
            yield f"type {name!r} is none of {', '.join(LOGICAL_TYPES)}"


def _pattern_fault(pattern: Any) -> str | None:
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        return f"regex {pattern!r} is no regular expression: {error}"
    return None


def _names(names: AbstractSet[str] | Mapping[str, Any]) -> str:
    return ", ".join(sorted(names)) or "none"


def _meant(name: str, known: AbstractSet[str] | Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
