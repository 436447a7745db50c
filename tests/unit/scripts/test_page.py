"""The page of a monitor's report."""

import re

from analyzer import Analyze, table

NASTY = '<script>alert("x")</script>'


def test_the_page_shows_violations_and_comparisons(analyze: Analyze) -> None:
    """What drifted stands first, with its distance, threshold and PSI; the page needs nothing from elsewhere."""
    baseline = analyze(table(x=[*range(400)], y=[1] * 400, city=["a", "b"] * 200))
    report = analyze(table(x=[n + 300 for n in range(400)], y=[1] * 400, city=["a", "c"] * 200), baseline)
    page = (report.folder / "report.html").read_text()
    states = re.findall(r'mark (\w+)"', page)
    assert states == ["fail", "drift", "drift", "ok"]
    assert "new categories: c; vanished categories: b" in page
    assert "baseline_drift_check" in page
    assert page.count("<svg") == 3
    assert not re.search(r"https?://|<script|src=|@import", page)
    assert report.file("verdict")["analysis"] == "DATA_QUALITY"


def test_the_page_of_a_baseline(analyze: Analyze) -> None:
    """There is nothing to compare with, so it says only what was read."""
    page = (analyze(table(x=[1, 2])).folder / "report.html").read_text()
    assert "2 rows" in page
    assert "Violations" not in page


def test_what_the_data_say_is_text(analyze: Analyze) -> None:
    """Names and values of the data are shown, never run."""
    header = '"' + NASTY.replace('"', '""') + '"'
    baseline = analyze(f"{header}\n" + "a\n" * 40)
    report = analyze(f"{header}\n" + f"{header}\n" * 40, baseline)
    page = (report.folder / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
