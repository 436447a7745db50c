from datetime import date

import features
import pandas as pd
import seed


def test_every_flight_lands_on_its_utc_day(source: seed.Source) -> None:
    """The daily files hold every flight once, on the UTC day of its scheduled departure."""
    days = dict(seed.landing_days(source))
    together = pd.concat(days.values())
    assert len(together) == len(source.flights) == together["flight_key"].nunique()
    assert all(set(rows["scheduled_departure"].dt.date) == {day} for day, rows in days.items())
    assert all(list(rows.columns) == features.COLUMNS for rows in days.values())


def test_labels_arrive_a_day_later(source: seed.Source) -> None:
    """The last day has no label file yet."""
    landed = dict(seed.landing_days(source))
    labelled = dict(seed.label_days(source, before=max(landed)))
    assert set(landed) - set(labelled) == {max(landed)}


def test_cancelled_and_diverted_flights_have_no_delay(source: seed.Source) -> None:
    """Only a flight that arrived has minutes of delay."""
    labels = pd.concat(dict(seed.label_days(source, before=date(2013, 8, 1))).values())
    assert set(labels["outcome"]) == {"arrived", "cancelled", "diverted"}
    assert (labels["arrival_delay"].notna() == (labels["outcome"] == "arrived")).all()


def test_weather_is_the_newest_known_report(source: seed.Source) -> None:
    """A departure at 10:30 sees the report that was out at 09:00, not the one of 10:00."""
    rows = dict(seed.landing_days(source))[date(2013, 7, 4)]
    age = rows["scheduled_departure"] - rows["weather_observed_at"]
    assert age.min() >= pd.Timedelta(hours=1)
    assert age.quantile(0.95) < pd.Timedelta(hours=2)
