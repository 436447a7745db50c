"""The page of a back-test: whole, without scripts, and honest about what is missing."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from airflow_mlmax.backtesting.page import page
from airflow_mlmax.backtesting.results import Better, Part, results

METRICS: dict[str, Better] = {"roc_auc": "higher", "log_loss": "lower"}
FACTS = {"windows": "sliding"}


def measured(name: str, auc: float | None, rows: int | None = 1200) -> Part:
    sides = {"model": {"roc_auc": auc, "log_loss": 0.4}, "baseline": {"roc_auc": 0.7, "log_loss": 0.5}}
    return Part(name, {**sides, "rows": rows})


def made(parts: list[Part], model: str = "flights", **arguments: Any) -> str:
    document = results("Back-test", model, METRICS, parts)
    return page(document, **{"part": "window", "facts": FACTS, "in_time": True, **arguments})


PARTS = [
    measured("2013-06-01 to 2013-06-14", 0.75),
    Part("2013-06-15 to 2013-06-28", None, "window.evaluate did not succeed"),
    measured("2013-06-29 to 2013-07-12", 0.65),
    measured("2013-07-13 to 2013-07-26", 0.66),
]


def test_every_window_is_on_the_page() -> None:
    """Its figures with four digits, the difference with its sign, and a colour for who is ahead."""
    text = made(PARTS)
    assert (
        '<td class="name">2013-06-01 to 2013-06-14<td class="n">1,200<td class="n">0.7500<td class="n">0.7000'
        in text
    )
    assert '<td class="n win">+0.0500' in text
    assert '<td class="n loss">-0.0500' in text
    assert '<td class="n win">-0.1000' in text


def test_a_failed_window_is_told_three_times() -> None:
    """At the top, in the table, and as a gap in the picture, over which no line leads."""
    text = made(PARTS)
    assert text.count("window.evaluate did not succeed") == 2
    assert "<title>2013-06-15 to 2013-06-28: failed</title>" in text
    assert "<b>3 of 4</b><span>windows measured" in text
    lines = re.findall(r'<path class="model" d="([^"]+)"', text)
    assert [line.count("L") for line in lines[:2]] == [0, 1]


@pytest.mark.parametrize("in_time", [True, False])
def test_lines_join_only_what_follows_in_time(in_time: bool) -> None:
    """Folds have no order."""
    assert ("<path" in made(PARTS, in_time=in_time)) is in_time


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [Part("a", None, "x")],
        [measured("a", 0.7)],
        [measured("a", None, None)],
        [measured(str(number), 0.7) for number in range(100)],
    ],
    ids=["none", "failed", "one", "no figure", "many that are equal"],
)
def test_few_or_equal_figures_still_make_a_page(parts: list[Part]) -> None:
    """No division by nothing; well-formed to the end."""
    text = made(parts)
    assert text.endswith("</main></body></html>\n")
    assert "nan" not in text


def test_what_others_wrote_is_text() -> None:
    """Names, reasons and facts cannot become markup."""
    evil = "<script>alert('x')</script>\"onload=\""
    text = made([measured(evil, 0.7), Part(evil, None, evil)], model=evil, part=evil, facts={evil: evil})
    found: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend([tag, *(name for name, _ in attrs)])

    Tags().feed(text)
    assert not {"script", "onload"} & set(found)


def test_the_page_needs_nothing_else() -> None:
    """No address, no script, no picture from elsewhere."""
    assert not re.search(r"https?://|<script|<img|<link|url\(", made(PARTS))
