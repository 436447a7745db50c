"""Columns that look personal, by their name or by their values; a suggestion, never a proof."""

import re

from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.quality.data import quoted

_PERSON = "first|last|full|sur|family|given|middle|maiden|customer|user|person|patient|employee|contact"
_PLACE = "street|postal|home|mail|mailing|billing|shipping|ip"
_NAMES = {
    "e-mail address": r"e_?mail",
    "telephone number": r"phone|mobile|tel|fax",
    "name of a person": rf"({_PERSON})_?name",
    "address": rf"(({_PLACE})_?)?(address|addr)|zip_?code|post_?code",
    "date of birth": r"(date_?of_?)?birth_?(date|day)?|dob",
    "number of a document": r"ssn|passport(_?(number|no))?|iban|(credit_?)?card_?(number|no)|tax_?(id|number)",
    "secret": r"passwords?|secrets?|(api|access)_?(key|token)",
}
"""What the last words of a column's name may mean."""

_VALUES = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "telephone numbers": r"(\+|00)[0-9][0-9 ()/.-]{6,18}|\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}",
    "IP addresses": r"([0-9]{1,3}\.){3}[0-9]{1,3}",
    "card numbers": r"[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{2,4}",
}
_MOSTLY = 0.5
_SAMPLE = 10_000


def sensitive(table: Table) -> dict[str, str]:
    """Why a column looks personal, by column."""
    by_name = {name: reason for name in table.columns if (reason := _by_name(name))}
    texts = [name for name, kind in table.columns.items() if kind == "string" and name not in by_name]
    return by_name | _by_values(table, texts)


def _by_name(name: str) -> str | None:
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name).lower().strip("_")
    if plain == "name":  # but not `carrier_name`
        return "its name says name of a person"
    for meaning, words in _NAMES.items():
        if re.fullmatch(rf"(?:.*_)?(?:{words})", plain):
            return f"its name says {meaning}"
    return None


def _by_values(table: Table, names: list[str]) -> dict[str, str]:
    if not names:
        return {}
    parts = [
        f"count(*) filter (where regexp_full_match({quoted(name)}, '{pattern}')), count({quoted(name)})"
        for name in names
        for pattern in _VALUES.values()
    ]
    found = iter(table.row(f"select {', '.join(parts)} from (from {TABLE} limit {_SAMPLE})"))  # noqa: S608
    reasons: dict[str, str] = {}
    for name in names:
        for meaning in _VALUES:
            matching, present = next(found), next(found)
            if matching > _MOSTLY * present:
                reasons.setdefault(name, f"its values look like {meaning}")
    return reasons
