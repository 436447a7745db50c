from datetime import UTC, datetime

from airflow_mlmax.moments import moment_of


def test_a_moment_without_a_zone_is_utc() -> None:
    """A plain date is its midnight."""
    july = datetime(2013, 7, 1, tzinfo=UTC)
    assert moment_of("2013-07-01") == july
    assert moment_of("2013-07-01T02:00:00+02:00") == july
