"""No feature knows the future: whatever happens after the moment of prediction may change and no feature moves."""

from datetime import date

import features
import numpy as np
import pandas as pd
import pytest
import seed

DAY = date(2013, 7, 4)
OUTCOMES = ["dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"]


def made(known: seed.Source) -> pd.DataFrame:
    """The features of DAY by flight, through its landing rows."""
    rows = dict(seed.landing_days(known))[DAY]
    return features.build(rows).set_index(rows["flight_key"])


def noise(frame: pd.DataFrame, columns: list[str], where: pd.Series) -> pd.DataFrame:
    """The frame with other numbers in the columns of the rows."""
    changed = frame.copy()
    for column in columns:
        values = np.random.default_rng(1).uniform(-999, 999, len(frame))
        changed[column] = frame[column].astype(float).mask(where, pd.Series(values, index=frame.index))
    return changed


def test_outcomes_of_the_flights_are_not_seen(source: seed.Source) -> None:
    """Altering every actual time and delay of every flight changes no feature."""
    altered = noise(source.flights, OUTCOMES, pd.Series(data=True, index=source.flights.index))
    expected = made(source)
    pd.testing.assert_frame_equal(made(source._replace(flights=altered)), expected)


def test_later_days_are_not_seen(source: seed.Source) -> None:
    """A day's features are the same when no later flight exists."""
    until_day = source.flights[source.flights["scheduled_departure"].dt.date <= DAY]
    expected = made(source)
    pd.testing.assert_frame_equal(made(source._replace(flights=until_day)), expected)


@pytest.mark.parametrize("hour", [1, 11, 15, 22])
def test_weather_after_the_deadline_is_not_seen(source: seed.Source, hour: int) -> None:
    """Altering all weather reported less than an hour before a departure changes nothing for it or any earlier flight."""
    departure = pd.Timestamp(DAY, tz="UTC") + pd.Timedelta(hours=hour)
    hour_of_report = pd.to_datetime(source.weather["time_hour"])
    unknown = hour_of_report + pd.Timedelta(hours=1) > departure - pd.Timedelta(hours=1)
    altered = noise(source.weather, features.WEATHER, unknown)
    expected, got = made(source), made(source._replace(weather=altered))
    rows = dict(seed.landing_days(source))[DAY]
    known = (rows["scheduled_departure"] <= departure).to_numpy()
    pd.testing.assert_frame_equal(got[known], expected[known])
    assert not got[~known].equals(expected[~known])


def test_features_of_a_row_come_from_that_row(source: seed.Source) -> None:
    """Building the features of every seventh row alone gives the same as building all."""
    rows = dict(seed.landing_days(source))[DAY]
    pd.testing.assert_frame_equal(features.build(rows[::7]), features.build(rows)[::7])


def test_no_column_of_a_landing_file_is_an_outcome() -> None:
    """The landing file has no actual time, delay, or duration."""
    assert not set(OUTCOMES) & set(features.COLUMNS)
    assert not set(OUTCOMES) & set(features.FEATURES)
