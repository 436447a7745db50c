"""What drifts on real flights in the stormiest month of 2013, as the documents say."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def test_the_stormiest_month_drifts_as_documented() -> None:
    """Pressure and wind of February, its blizzard included, are not those of January; schedules and planes are."""
    program = [sys.executable, str(REPOSITORY / "benchmarks" / "flights_drift.py"), "--months", "2"]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    [told] = [line for line in done.stdout.splitlines() if line.startswith("February: ")]
    assert told == (
        "February: 5.1% cancelled; drift of pressure 0.36, wind_gust 0.17, wind_dir 0.14, temp 0.13, wind_speed 0.10"
    )
    assert told in (REPOSITORY / "docs" / "how-to" / "monitors.md").read_text()
