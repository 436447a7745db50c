from pathlib import Path

import features
import pandas as pd
import pytest


@pytest.fixture
def rows(landing: Path) -> pd.DataFrame:
    return pd.read_csv(landing / "flights/date=2013-07-04/flights.csv")


def test_time_features_are_local_time(rows: pd.DataFrame) -> None:
    """The hour and weekday are New York's, not those of UTC."""
    first = features.build(rows).iloc[0]
    assert rows["scheduled_departure"].iloc[0] == "2013-07-04T00:00:00Z"
    assert (first["hour"], first["minute_of_day"], first["weekday"]) == (20, 1200, 2)


def test_a_missing_column_is_named(rows: pd.DataFrame) -> None:
    """A landing file without a column is refused by its name."""
    with pytest.raises(features.LandingFileError, match=r"missing \['temp'\]"):
        features.build(rows.drop(columns="temp"))


def test_swapped_columns_are_refused(rows: pd.DataFrame) -> None:
    """Columns in another order would be misread in a batch without a header."""
    with pytest.raises(features.LandingFileError, match="in the order of"):
        features.build(rows[[*features.COLUMNS[1:], features.COLUMNS[0]]])


def test_weather_from_the_future_is_refused(rows: pd.DataFrame) -> None:
    """A row with weather reported after its deadline is refused with its key."""
    rows.loc[3, "weather_observed_at"] = rows.loc[3, "scheduled_departure"]
    with pytest.raises(features.LandingFileError, match=rows.loc[3, "flight_key"]):
        features.build(rows)


def test_a_repeated_key_is_refused(rows: pd.DataFrame) -> None:
    """Predictions are joined by key, so a key stands for one flight."""
    with pytest.raises(features.LandingFileError, match="unique"):
        features.build(pd.concat([rows, rows.head(1)], ignore_index=True))
