"""The verdict as one HTML page that needs nothing else: no network, no script."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .gate import Finding
from .results import CheckResult
from .wording import found, phrase, short

_MOST_ROWS = 200
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2733 }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin-top: 2rem } code { overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #dde3ea; vertical-align: top }
.mark { border-radius: .3rem; padding: .1rem .5rem; color: #fff; background: #4b5b6b }
.pass { background: #1d7a46 } .warn { background: #9a6700 } .fail, .error { background: #b3261e }
"""


def page(document: Mapping[str, Any], finding: Finding) -> str:
    """The page of a verdict: what was decided and why, and every check."""
    status, dataset, suite = document["status"], document["dataset"], document["suite"]
    title = f"Data quality: {dataset['uri']}"
    facts = {
        "decision": document["decision"].replace("_", " "),
        "why": _why(document),
        "rows": f"{dataset['rows']:,}, {document['rows']['bad']:,} bad ({document['rows']['bad_pct']} %), "
        f"{document['rows']['passed_on']:,} passed on, {document['rows']['quarantined']:,} held back",
        "suite": f"{suite['name']}, version {suite['version'] or 'not given'}, sha256 {suite['sha256']}",
        "data": f"{dataset['format']}, {dataset['bytes']:,} bytes, manifest sha256 {dataset['manifest_sha256']}",
        "policy": ", ".join(f"{name} {value}" for name, value in document["policy"].items()),
        "engine": f"{document['engine']['name'] or 'none'}, in place {document['engine']['where']}",
        "run": ", ".join(f"{name} {value}" for name, value in document["run"].items()),
        "verdict": document["id"],
        **document["artifacts"],
    }
    return "".join(
        [
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            f"<style>{_STYLE}</style></head><body>",
            f'<h1><span class="mark {escape(status)}">{escape(status)}</span> {escape(title)}</h1>',
            "<table>",
            *(
                f"<tr><th>{escape(name)}</th><td><code>{escape(str(value))}</code></td></tr>"
                for name, value in facts.items()
            ),
            "</table>",
            _checks("Checks", finding.results),
            _checks("Checks again, on the rows that are left", finding.after),
            "</body></html>\n",
        ]
    )


def _why(document: Mapping[str, Any]) -> str:
    reasons = "; ".join(document["reasons"]) or "no reason to close"
    return (
        f"only advised of, before {document['policy']['advisory_before']}: {reasons}"
        if document["advisory"]
        else reasons
    )


def _checks(title: str, results: Sequence[CheckResult]) -> str:
    if not results:
        return ""
    ordered = sorted(results, key=lambda each: (each.success, -each.check.rank, each.check.position))
    rows = [_row(result) for result in ordered[:_MOST_ROWS]]
    more = f"<p>and {len(results) - _MOST_ROWS} more</p>" if len(results) > _MOST_ROWS else ""
    head = "<tr><th></th><th>severity</th><th>check</th><th>found</th><th>examples</th></tr>"
    return f"<h2>{escape(title)}</h2><table>{head}{''.join(rows)}</table>{more}"


def _row(result: CheckResult) -> str:
    state = "pass" if result.success else "error" if result.error else "fail"
    cells = [result.check.severity, phrase(result.check), found(result), ", ".join(map(short, result.sample))]
    shown = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><td><span class="mark {state}">{state}</span></td>{shown}</tr>'
